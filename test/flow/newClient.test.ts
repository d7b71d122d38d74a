import assert from 'node:assert/strict';
import { useHermes } from '../support/hermes.ts';

describe('a TutorCruncher client on its way to Pipedrive', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  it('TCC-39, TCC-43, SYN-50: a new signup becomes company, contact and deal, and three records in Pipedrive', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    assert.equal(hermes.pipedrive.organizations.size, 1);
  });
});
