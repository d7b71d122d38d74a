import assert from 'node:assert/strict';
import { guestsOf } from '../../../domain/callbooker/calendarEvent.ts';

describe('domain/callbooker/calendarEvent', () => {
  it('CAL-09: two guests, the admin and the visitor; one when they are the same', () => {
    const admin = { email: 'sam@acme.example', responseStatus: 'accepted' };
    assert.deepEqual(guestsOf('sam@acme.example', 'nell@harbour.example'), [
      admin,
      { email: 'nell@harbour.example' },
    ]);
    assert.deepEqual(guestsOf('sam@acme.example', 'Sam@ACME.example'), [admin]);
    assert.deepEqual(guestsOf('sam@acme.example', null), [admin]);
  });
});
