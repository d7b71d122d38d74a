import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isCancel, password as askPassword } from '@clack/prompts';
import { auditOperator, operatorRoles, readOperator, saveOperator } from '../../api/admin/operators.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { isInteractive } from '../ask.ts';
import { CommandError, UsageError, type Command, type Invocation } from '../command.ts';
import { operatorName } from '../operator.ts';
import { withDatabase } from '../withDatabase.ts';

const firstLine = async (stdin: Readable): Promise<string> => {
  const lines = createInterface({ input: stdin, crlfDelay: Infinity });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
};

const typedPassword = async ({ stdin, stderr }: Invocation): Promise<string> => {
  const ask = async (message: string): Promise<string> => {
    const answer = await askPassword({ message, input: stdin, output: stderr });
    if (isCancel(answer)) throw new CommandError('Nothing was done.');
    return answer;
  };
  const typed = await ask('Password');
  if ((await ask('The same again')) !== typed) {
    throw new CommandError('The two passwords differ: nothing was done.');
  }
  return typed;
};

const passwordOf = (invocation: Invocation): Promise<string> => {
  const { options } = invocation;
  if (options['generate'] === true && options['password-stdin'] === true) {
    throw new UsageError('--generate and --password-stdin exclude each other.');
  }
  if (options['generate'] === true) return Promise.resolve(randomBytes(15).toString('base64url'));
  if (options['password-stdin'] === true) return firstLine(invocation.stdin);
  if (isInteractive(invocation)) return typedPassword(invocation);
  throw new UsageError('Nobody can be asked for a password here: say --password-stdin or --generate.');
};

const text = (value: string | boolean | undefined): string => (typeof value === 'string' ? value : '');

export const adminCreate: Command = {
  name: 'admin create',
  summary: 'Add somebody who may use /admin, or with --replace give them a new password and role',
  details: `
Roles: read looks; operate also replays and syncs; configure also changes settings and operators.

The password is asked for on a terminal. In a script it is the first line of stdin (--password-stdin), or --generate makes one and
prints it once, alone on stdout. It has at least 12 characters and is stored as a hash.`,
  options: {
    email: { type: 'string', summary: 'the e-mail address, which is the login' },
    name: { type: 'string', summary: 'the name that the pages show' },
    role: { type: 'string', summary: `${operatorRoles.join(', ')}; read unless told` },
    generate: { type: 'boolean', summary: 'make a password and print it once' },
    'password-stdin': { type: 'boolean', summary: 'read the password from stdin' },
    replace: {
      type: 'boolean',
      summary: 'the operator may exist: new name, password and role; sessions end',
    },
  },
  run: async (invocation) => {
    const { options, settings, stdout, stderr } = invocation;
    const environment = readEnvironment(settings);
    const asked = {
      email: text(options['email']),
      name: text(options['name']),
      role: options['role'] === undefined ? 'read' : text(options['role']),
    };
    // Faults of the words come before anybody types a password.
    const words = readOperator({ ...asked, password: 'long enough for now' });
    if (!words.ok) throw new UsageError(`${words.message}.`);
    await withDatabase(environment, async (db) => {
      const known = await db('operator')
        .whereRaw('lower(email) = lower(?)', [words.operator.email])
        .first('id');
      if (known !== undefined && options['replace'] !== true) {
        throw new CommandError(
          `${words.operator.email} may use /admin already: --replace sets a new name, password and role.`,
        );
      }
      const password = await passwordOf(invocation);
      const read = readOperator({ ...asked, password });
      if (!read.ok) throw new CommandError(`${read.message}: nothing was done.`);
      const added = await saveOperator(db, read.operator);
      await auditOperator(
        db,
        { id: null, email: operatorName() },
        added ? 'added' : 'changed',
        `operator ${read.operator.email}, role ${read.operator.role}`,
      );
      const { email, role } = read.operator;
      stderr.write(
        `${email} ${added ? 'may use' : 'is changed, with a new password for'} ${environment.BASE_URL}/admin with the role ${role}.\n`,
      );
      if (options['generate'] === true) stdout.write(`${password}\n`);
    });
  },
};
