import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commands } from '../../cli/commands/index.ts';
import { useDatabase } from '../support/database.ts';
import { runHermes } from './runHermes.ts';

describe('hermes', () => {
  const database = useDatabase();

  it('lists its commands', async () => {
    for (const words of [[], ['--help'], ['-h'], ['help']]) {
      const run = await runHermes(words);
      assert.equal(run.code, 0);
      for (const { name, summary } of commands)
        assert.ok(run.stdout.includes(`${name} `) && run.stdout.includes(summary));
    }
  });

  it('explains each command', async () => {
    for (const command of commands) {
      const run = await runHermes([...command.name.split(' '), '--help']);
      assert.equal(run.code, 0);
      assert.match(
        run.stdout,
        new RegExp(`^${command.summary}\n\nUsage: npm run hermes -- ${command.name} `),
      );
      for (const option of Object.keys(command.options ?? {})) assert.ok(run.stdout.includes(`--${option}`));
    }
  });

  const misunderstood: [string, string[], RegExp][] = [
    ['an unknown command', ['teleport'], /^There is no command "teleport": --help lists the commands\.\n$/],
    ['half a command', ['config'], /^There is no command "config", but config apply, config export\.\n$/],
    ['an unknown second word', ['config', 'eat'], /^There is no command "config eat", but /],
    ['an unknown option', ['db', 'migrate', '--fast'], /^Unknown option '--fast'/],
    ['a missing argument', ['config', 'apply'], /^FILE is missing/],
    ['an argument too many', ['db', 'migrate', 'now'], /^"now" is one argument too many for db migrate\.\n$/],
  ];
  for (const [what, words, message] of misunderstood) {
    it(`answers ${what} with one sentence and 2`, async () => {
      const run = await runHermes(words);
      assert.equal(run.code, 2);
      assert.match(run.stderr, message);
      assert.equal(run.stderr.split('\n').length, 2);
      assert.equal(run.stdout, '');
    });
  }

  it('lists all faults of the settings at once', async () => {
    const run = await runHermes(['db', 'migrate'], { PORT: 'many', MEETING_DUR_MINS: '0' });
    assert.equal(run.code, 1);
    for (const name of ['DATABASE_URL', 'PORT', 'MEETING_DUR_MINS']) assert.ok(run.stderr.includes(name));
    assert.ok(!run.stderr.includes('    at '));
  });

  it('says in a sentence, without the password, that the database cannot be used', async () => {
    const elsewhere = new URL(database.url);
    elsewhere.pathname = '/nowhere';
    const empty = new URL(database.url);
    empty.pathname = '/postgres';
    const closed = 'postgresql://hermes:open-sesame@127.0.0.1:1/hermes';
    for (const [url, message] of [
      [closed, /^The database cannot be reached \(ECONNREFUSED\): see DATABASE_URL\.\n$/],
      [elsewhere.href, /^The database does not exist: see DATABASE_URL\.\n$/],
      [
        empty.href,
        /^The database has no tables of Hermes yet: run `npm run hermes -- db migrate` first\.\n$/,
      ],
    ] as const) {
      const run = await runHermes(['config', 'export'], { DATABASE_URL: url });
      assert.equal(run.code, 1);
      assert.match(run.stderr, message);
      assert.equal(run.stdout, '');
    }
  });

  it('migrates, once', async () => {
    const run = await runHermes(['db', 'migrate'], { DATABASE_URL: database.url });
    assert.deepEqual(run, { code: 0, stdout: 'The schema is up to date.\n', stderr: '' });
  });

  it('runs as a program, with only YAML on stdout', async () => {
    const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
    const run = await promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'config', 'export'], {
      env: { ...process.env, DATABASE_URL: database.url },
    });
    assert.equal(run.stdout, '{}\n');
  });

  it('lists files of secrets that cannot be read with all other faults', async () => {
    const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
    const env = {
      ...process.env,
      DATABASE_URL: '',
      DATABASE_URL_FILE: '/nowhere/url',
      TC2_API_KEY_FILE: '/nowhere/key',
      PORT: 'many',
    };
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'config', 'export'], { env });
    await assert.rejects(run, {
      code: 1,
      stdout: '',
      stderr: [
        'The settings are not usable:',
        '  - DATABASE_URL_FILE names /nowhere/url, which cannot be read (ENOENT)',
        '  - TC2_API_KEY_FILE names /nowhere/key, which cannot be read (ENOENT)',
        '  - PORT must be a number',
        '',
      ].join('\n'),
    });
  });
});
