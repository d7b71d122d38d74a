import assert from 'node:assert/strict';
import { createRightOfWay, type RightOfWay } from '../../worker/rightOfWay.ts';

describe('worker/rightOfWay', () => {
  let clock = 0;
  let busy = 0;
  /** How often the clock was read: once or more each time it is asked whether a run may start. */
  let looks = 0;
  let way: RightOfWay;
  beforeEach(() => {
    busy = 0;
    looks = 0;
    way = createRightOfWay(
      () => busy,
      () => {
        looks += 1;
        return clock;
      },
    );
  });

  /** Resolves when a turn that waits was refused anew. */
  const lookedAgain = async (): Promise<void> => {
    const before = looks;
    const isSame = (): boolean => looks < before + 2;
    while (isSame()) await new Promise(setImmediate);
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
    await lookedAgain();
    assert.equal(came(), false);
    busy = 6;
    await turn;
  });

  it('does not wait for ever for a worker that is stuck', async () => {
    busy = 7;
    const { came, turn } = ask();
    await lookedAgain();
    assert.equal(came(), false);
    clock += 1000;
    await turn;
  });

  it('holds a start back while syncs stand in the task queue, until one comes promptly or none comes any more', async () => {
    way.syncBegan(301);
    const first = ask();
    clock += 499;
    await lookedAgain();
    assert.equal(first.came(), false);
    way.syncBegan(300);
    await first.turn;

    way.syncBegan(9000);
    const second = ask();
    await lookedAgain();
    assert.equal(second.came(), false);
    clock += 500;
    await second.turn;
  });

  it('starts a run after a second, however long the syncs stand there', async () => {
    way.syncBegan(9000);
    const held = ask();
    clock += 499;
    await lookedAgain();
    way.syncBegan(9000);
    clock += 499;
    await lookedAgain();
    way.syncBegan(9000);
    assert.equal(held.came(), false);
    clock += 2;
    await held.turn;
  });

  it('starts one run every 250 ms while a visitor waits, as many as there is room for afterwards', async () => {
    way.visitorCame();
    await way.turn();
    const second = ask();
    clock += 249;
    await lookedAgain();
    assert.equal(second.came(), false);
    clock += 1;
    await second.turn;
    clock += 5000;
    await Promise.all([way.turn(), way.turn(), way.turn()]);
  });

  it('starts none while a visitor waits and anything else is at work, but for a worker that is stuck', async () => {
    way.visitorCame();
    busy = 1;
    const { came, turn } = ask();
    clock += 500;
    await lookedAgain();
    assert.equal(came(), false);
    clock += 500;
    await turn;
  });

  it('lets everything pass once it is opened', async () => {
    busy = 7;
    way.visitorCame();
    const turns = [ask(), ask(), ask()];
    way.open();
    await Promise.all(turns.map(({ turn }) => turn));
  });
});
