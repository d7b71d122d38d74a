import { auditOperator } from '../../api/admin/operators.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { forgetPerson } from '../../inbox/forget.ts';
import { agree } from '../ask.ts';
import { CommandError, UsageError, type Command } from '../command.ts';
import { operatorName } from '../operator.ts';
import { withDatabase } from '../withDatabase.ts';

export const forget: Command = {
  name: 'forget',
  summary: 'Erase a person from the records, the inbox, the history of changes and the refused calls',
  details: `
Contacts with the e-mail address go, and the calls that they booked; events and refused calls that name it lose their bodies. It cannot
be undone. Pipedrive and TutorCruncher are not touched: erase the person there as well, or they send them again.`,
  options: {
    email: { type: 'string', summary: "the person's e-mail address" },
    yes: { type: 'boolean', short: 'y', summary: 'do not ask' },
  },
  run: async (invocation) => {
    const { options, settings, stdout } = invocation;
    const email = typeof options['email'] === 'string' ? options['email'].trim() : '';
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new UsageError('--email must be an e-mail address.');
    const environment = readEnvironment(settings);
    await agree(invocation, 'Erase everything about this person? It cannot be undone.');
    await withDatabase(environment, async (db) => {
      const done = await forgetPerson(db, email);
      if (!done.ok) throw new CommandError(`Nothing was erased: ${done.reason}.`);
      await auditOperator(
        db,
        { id: null, email: operatorName() },
        'forgot',
        `${done.contacts} contacts, ${done.events} events`,
      );
      stdout.write(
        `Erased: ${done.contacts} contacts, the bodies of ${done.events} events and ${done.calls} refused calls, ${done.changes} changes.\n`,
      );
      if (done.pipedrivePersons.length > 0) {
        stdout.write(
          `Pipedrive still holds: ${done.pipedrivePersons.map((id) => `person ${id}`).join(', ')}.\n`,
        );
      }
    });
  },
};
