import assert from 'node:assert/strict';
import { logIn } from '../../api/admin/operators.ts';
import { useDatabase } from '../support/database.ts';
import { runHermes, type Run } from './runHermes.ts';

describe('hermes admin', () => {
  const database = useDatabase();
  beforeEach(() => database.db.raw('truncate operator, operator_audit restart identity cascade'));

  const admin = (words: string[], stdin = ''): Promise<Run> =>
    runHermes(['admin', ...words], { DATABASE_URL: database.url }, stdin);
  const olive = ['--email', 'olive@acme.example', '--name', 'Olive Operator'];

  it('takes the password from stdin, and lists who was added', async () => {
    assert.match((await admin(['list'])).stderr, /Nobody yet/);
    const run = await admin(
      ['create', ...olive, '--role', 'configure', '--password-stdin'],
      'correct horse battery\n',
    );
    assert.deepEqual([run.code, run.stdout], [0, '']);
    assert.match(
      run.stderr,
      /^olive@acme\.example may use http:\/\/localhost:8000\/admin with the role configure\.\n$/,
    );
    const login = await logIn(database.db, 'olive@acme.example', 'correct horse battery');
    assert.deepEqual(login.ok && login.operator.role, 'configure');
    assert.equal((await admin(['list'])).stdout, 'olive@acme.example  configure  Olive Operator\n');
    const [audit] = (await database.db('operator_audit').select('*')) as {
      operator_email: string;
      action: string;
    }[];
    assert.match(audit?.operator_email ?? '', /^cli/);
    assert.equal(audit?.action, 'added');
  });

  it('makes a password and prints it once, alone on stdout; the role is read unless told', async () => {
    const run = await admin(['create', ...olive, '--generate']);
    assert.equal(run.code, 0);
    assert.match(run.stdout, /^[\w-]{20}\n$/);
    assert.ok(!run.stderr.includes(run.stdout.trim()));
    const login = await logIn(database.db, 'olive@acme.example', run.stdout.trim());
    assert.deepEqual(login.ok && login.operator.role, 'read');
  });

  it('leaves an operator who exists alone unless --replace is said', async () => {
    await admin(['create', ...olive, '--generate']);
    const again = await admin(['create', ...olive, '--generate']);
    assert.deepEqual([again.code, again.stdout], [1, '']);
    assert.match(again.stderr, /may use \/admin already/);
    const replaced = await admin(['create', ...olive, '--role', 'operate', '--generate', '--replace']);
    assert.equal(replaced.code, 0);
    const login = await logIn(database.db, 'olive@acme.example', replaced.stdout.trim());
    assert.deepEqual(login.ok && login.operator.role, 'operate');
  });

  it('says what is wrong and adds nobody', async () => {
    const wrong: [string[], number, RegExp][] = [
      [['--name', 'Olive', '--generate'], 2, /needs an e-mail address/],
      [['--email', 'olive@acme.example', '--generate'], 2, /needs a name/],
      [[...olive, '--role', 'root', '--generate'], 2, /one of read, operate, configure/],
      [[...olive, '--generate', '--password-stdin'], 2, /exclude each other/],
      [olive, 2, /Nobody can be asked for a password here/],
      [[...olive, '--password-stdin'], 1, /at least 12 characters/],
    ];
    for (const [words, code, sentence] of wrong) {
      const run = await admin(['create', ...words], 'short\n');
      assert.equal(run.code, code, run.stderr);
      assert.match(run.stderr, sentence);
    }
    assert.equal((await database.db('operator').select('*')).length, 0);
  });
});
