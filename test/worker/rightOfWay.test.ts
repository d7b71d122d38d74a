import assert from 'node:assert/strict';
import { createRightOfWay, type RightOfWay } from '../../worker/rightOfWay.ts';

describe('worker/rightOfWay', () => {
  let clock = 0;
  let busy = 0;
  let looks = 0;
  let way: RightOfWay;
  beforeEach(() => {
    busy = 0;
    looks = 0;
    way = createRightOfWay(
      () => {
        looks += 1;
        return busy;
      },
      () => clock,
    );
  });

  /** Resolves when the worker was looked at so many times. */
  const looked = async (times: number): Promise<void> => {
    const seen = (): number => looks;
    while (seen() < times) await new Promise(setImmediate);
  };

  /** A turn that is asked for, and whether it came. */
  const ask = (): { came: () => boolean; turn: Promise<void> } => {
    let came = false;
    const turn = way.turn().then(() => {
      came = true;
    });
    return { came: () => came, turn };
  };

  it('holds a start back while the worker is full, and lets it go when there is room', async () => {
    busy = 7;
    const { came, turn } = ask();
    await looked(3);
    assert.equal(came(), false);
    busy = 6;
    await turn;
  });

  it('does not wait for ever for a worker that is stuck', async () => {
    busy = 7;
    const { came, turn } = ask();
    await looked(2);
    assert.equal(came(), false);
    clock += 1000;
    await turn;
  });

  it('starts one run every 100 ms while a visitor waits, and as many as there is room for afterwards', async () => {
    way.visitorCame();
    await way.turn();
    const second = ask();
    clock += 99;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(second.came(), false);
    clock += 1;
    await second.turn;
    clock += 5000;
    await Promise.all([way.turn(), way.turn(), way.turn()]);
  });

  it('lets everything pass once it is opened', async () => {
    busy = 7;
    way.visitorCame();
    const turns = [ask(), ask(), ask()];
    way.open();
    await Promise.all(turns.map(({ turn }) => turn));
  });
});
