import type { Operator } from '../../api/admin/operators.ts';
import { readEnvironment } from '../../environment/environment.ts';
import type { Command } from '../command.ts';
import { withDatabase } from '../withDatabase.ts';

export const adminList: Command = {
  name: 'admin list',
  summary: 'List who may use /admin',
  run: async ({ settings, stdout, stderr }) => {
    const operators = await withDatabase(
      readEnvironment(settings),
      (db) => db('operator').orderBy('id').select('id', 'email', 'name', 'role') as Promise<Operator[]>,
    );
    if (operators.length === 0) {
      stderr.write('Nobody yet: `hermes admin create` adds the first.\n');
      return;
    }
    const width = Math.max(...operators.map(({ email }) => email.length));
    for (const { email, role, name } of operators) {
      stdout.write(`${email.padEnd(width)}  ${role.padEnd(9)}  ${name}\n`);
    }
  },
};
