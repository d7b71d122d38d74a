import assert from 'node:assert/strict';
import { EnvironmentError, readEnvironment } from '../../environment/environment.ts';

const DATABASE_URL = 'postgresql://127.0.0.1/hermes';

const faultsOf = (settings: Record<string, string>): readonly string[] => {
  try {
    readEnvironment(settings);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
};

describe('environment: what is wrong', () => {
  it('is listed at once, also what is wrong only together, in words for an operator', () => {
    const faults = faultsOf({
      PORT: '99999',
      MEETING_DUR_MINS: 'half an hour',
      MEETING_MIN_START: '18:00',
      PD_SEARCH_MAX_RATE: '1.5',
      PD_API_RATE_PERIOD: '-2',
      PD_WEBHOOK_USERNAME: 'pipedrive',
      TC2_API_KEY_PREVIOUS: 'last',
    });
    assert.deepEqual(faults, [
      'DATABASE_URL is required: a postgresql:// address',
      'PORT must be at most 65535',
      'MEETING_DUR_MINS must be a number',
      'PD_API_RATE_PERIOD must be at least 0.01',
      'PD_SEARCH_MAX_RATE must be a whole number',
      'MEETING_MIN_START must be before MEETING_MAX_END',
      'PD_WEBHOOK_PASSWORD is required when PD_WEBHOOK_USERNAME is set',
      'TC2_API_KEY is required when TC2_API_KEY_PREVIOUS is set',
    ]);
  });

  it('is a database address whose password is not written as in a URL', () => {
    for (const address of ['postgresql://hermes:pa#ss@db/hermes', 'postgresql://hermes:12#4@db/hermes']) {
      const [fault, ...more] = faultsOf({ DATABASE_URL: address });
      assert.match(fault ?? '', /^DATABASE_URL is no address that can be read: in a password, /);
      assert.deepEqual(more, []);
    }
    for (const address of [
      'postgres://hermes:pa%23ss@db:5432/hermes?sslmode=require',
      'postgresql:///hermes?host=/var/run/postgresql',
      'postgresql://hermes@[::1]:5432/hermes',
    ]) {
      assert.deepEqual(faultsOf({ DATABASE_URL: address }), [], address);
    }
  });

  it('is a website that no browser could name', () => {
    for (const list of [
      'tutorcruncher.com',
      'https://tutorcruncher.com/book',
      '*',
      'https://a.example, null',
    ]) {
      assert.deepEqual(
        faultsOf({ DATABASE_URL, CORS_ORIGINS: list }),
        ['CORS_ORIGINS must be origins such as https://tutorcruncher.com, comma separated'],
        list,
      );
    }
    const { CORS_ORIGINS } = readEnvironment({
      DATABASE_URL,
      CORS_ORIGINS: 'https://Acme.example/ , http://localhost:3000,',
    });
    assert.deepEqual(CORS_ORIGINS, ['https://acme.example', 'http://localhost:3000']);
  });

  it('is not a blank around a value', () => {
    const read = readEnvironment({
      DATABASE_URL,
      LOG_LEVEL: ' Warning ',
      MEETING_MAX_END: '18:00 ',
      PD_BASE_URL: ' https://acme.example/ ',
    });
    assert.deepEqual(
      [read.LOG_LEVEL, read.MEETING_MAX_END, read.PD_BASE_URL],
      ['warn', '18:00', 'https://acme.example'],
    );
  });
});
