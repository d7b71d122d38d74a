import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createStandAside, type StandAside } from '../../activities/downstream/standAside.ts';

/** Longer than any test takes. */
const longMs = 600_000;

describe('downstream/standAside', () => {
  let aside: StandAside;
  let ending: AbortController;
  beforeEach(() => {
    aside = createStandAside();
    ending = new AbortController();
  });
  afterEach(() => ending.abort());

  const wait = (ms: number, mayGiveBack = true): Promise<boolean> => {
    const waiting = aside.wait(ms, ending.signal, mayGiveBack);
    waiting.catch(() => undefined);
    return waiting;
  };

  it('has the call that would go next give its hand back when an urgent one is expected, and no other once that has begun', async () => {
    const [later, next] = [wait(longMs), wait(longMs - 1000)];
    aside.expectUrgent();
    assert.equal(await next, false);
    aside.urgentBegan();
    assert.equal(aside.waiting(), 1);
    ending.abort();
    await assert.rejects(later, { name: 'AbortError' });
    assert.equal(aside.waiting(), 0);
  });

  it('has another one do so when the urgent call does not come', async () => {
    const calls = [wait(longMs), wait(longMs)];
    aside.expectUrgent();
    assert.deepEqual(await Promise.all(calls), [false, false]);
  });

  it('leaves alone a call that gave its hand back before', async () => {
    const again = wait(100, false);
    const first = wait(longMs);
    aside.expectUrgent();
    assert.equal(await first, false);
    assert.equal(await again, true);
  });

  it('lets places pass for a moment after a visitor came, and then goes', async () => {
    aside.visitorCame();
    const order: string[] = [];
    const held = wait(1).then(() => order.push('call'));
    await pause(50).then(() => order.push('what came 50 ms later'));
    await held;
    assert.deepEqual(order, ['what came 50 ms later', 'call']);
  });

  it('ends with its signal, before the wait and during it', async () => {
    const during = wait(longMs);
    ending.abort();
    await assert.rejects(during, { name: 'AbortError' });
    await assert.rejects(aside.wait(1, ending.signal, true), { name: 'AbortError' });
  });
});
