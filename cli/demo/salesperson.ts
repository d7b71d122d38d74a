/** What a salesperson does in the sandbox's Pipedrive. */
import { CommandError } from '../command.ts';
import { askSandbox } from './askSandbox.ts';
import type { Stage } from './scenarios.ts';
import { exampleClientId } from './tutorCruncher.ts';

const names = ['Harbour Tutors', 'Harbour Tutors of Hull'] as const;

interface LinkedAgency {
  name: string;
  pd_org_id: number;
}

/** The agency with its organization. @throws when it has none */
const linkedAgency = async ({ stack }: Stage): Promise<LinkedAgency> => {
  const company = await stack
    .db('company')
    .where({ tc2_cligency_id: exampleClientId })
    .first<{ name: string; pd_org_id: number | null } | undefined>('name', 'pd_org_id');
  if (company === undefined || company.pd_org_id === null) {
    throw new CommandError(
      'The agency has no organization in Pipedrive. Play the scenario client first; one that was deleted in Pipedrive comes back with the scenario booking.',
    );
  }
  return { name: company.name, pd_org_id: company.pd_org_id };
};

/** Acts in the web application of the sandbox's Pipedrive. @returns the record that its answer holds */
const inPipedrive = async (
  { stack }: Stage,
  method: 'POST' | 'DELETE',
  path: string,
  body?: Record<string, unknown>,
): Promise<{ id: number }> => {
  const url = `${stack.addresses.pipedrive}/_sandbox/app/${path}`;
  const { id } = ((await askSandbox('Pipedrive', method, url, body)) ?? {}) as { id?: number };
  return { id: id ?? 0 };
};

/** Types the agency in a second time by hand, and merges the two: the agency keeps its organization. */
export const mergeOrganizations = async (stage: Stage): Promise<void> => {
  const { name, pd_org_id: id } = await linkedAgency(stage);
  const typed = await inPipedrive(stage, 'POST', 'organization', { name: `${name} (typed in by hand)` });
  stage.tell(
    'Pipedrive',
    `a salesperson merges organization ${typed.id}, typed in by hand, into organization ${id}`,
  );
  await inPipedrive(stage, 'POST', `organization/${id}/merge`, { loser_id: typed.id });
};

/** Deletes the agency's organization in Pipedrive. */
export const deleteOrganization = async (stage: Stage): Promise<void> => {
  const { pd_org_id: id } = await linkedAgency(stage);
  stage.tell('Pipedrive', `a salesperson deletes organization ${id}`);
  await inPipedrive(stage, 'DELETE', `organization/${id}`);
};

/** Renames the agency's organization on the page of the sandbox, and back the next time. */
export const renameOrganization = async (stage: Stage): Promise<void> => {
  const { stack, tell } = stage;
  const company = await linkedAgency(stage);
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
