/** What a salesperson does in the sandbox's Pipedrive. */
import { CommandError } from '../command.ts';
import type { Stage } from './scenarios.ts';
import { exampleClientId } from './tutorCruncher.ts';

const names = ['Harbour Tutors', 'Harbour Tutors of Hull'] as const;

/** Renames the agency's organization on the page of the sandbox, and back the next time. */
export const renameOrganization = async ({ stack, tell }: Stage): Promise<void> => {
  const company = await stack
    .db('company')
    .where({ tc2_cligency_id: exampleClientId })
    .first<{ name: string; pd_org_id: number | null } | undefined>('name', 'pd_org_id');
  if (company === undefined || company.pd_org_id === null) {
    throw new CommandError(
      'The agency has no organization in Pipedrive yet. Play the scenario client first.',
    );
  }
  const name = company.name === names[1] ? names[0] : names[1];
  tell('Pipedrive', `a salesperson renames organization ${company.pd_org_id} to ${name}`);
  const answer = await fetch(`${stack.addresses.pipedrive}/organizations/${company.pd_org_id}/rename`, {
    method: 'POST',
    body: new URLSearchParams({ name }),
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
  await answer.arrayBuffer();
  if (answer.status !== 303) {
    throw new CommandError(`The sandbox's Pipedrive answered ${answer.status} to the new name.`);
  }
};
