/** Plays scenarios on the running stack and tells what happens. */
import type { Writable } from 'node:stream';
import { follow, markNow, type CallRow, type Story } from './follow.ts';
import { scenarios, type Scenario, type ScenarioName } from './scenarios.ts';
import type { DemoStack } from './stack.ts';
import { createTeller } from './tell.ts';
import { exampleClientId, tutorCruncher } from './tutorCruncher.ts';

interface ExampleCompany {
  id: number;
  pd_org_id: number | null;
}

const exampleCompany = async ({ db }: DemoStack): Promise<ExampleCompany | undefined> =>
  db('company')
    .where({ tc2_cligency_id: exampleClientId, is_deleted: false, narc: false })
    .first<ExampleCompany | undefined>('id', 'pd_org_id');

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const countCalls = (calls: readonly CallRow[]): string => {
  if (calls.length === 0) return 'No API call: nothing differed from what Pipedrive and TutorCruncher hold.';
  const to = (system: string, name: string): string[] => {
    const count = calls.filter((call) => call.system === system).length;
    return count === 0 ? [] : [`${count} to ${name}`];
  };
  const parts = [...to('pipedrive', 'Pipedrive'), ...to('tc2', 'TutorCruncher'), ...to('google', 'Google')];
  return `${plural(calls.length, 'API call')}: ${parts.join(', ')}.`;
};

const links = async (stack: DemoStack): Promise<[string, string][]> => {
  const { addresses } = stack;
  const company = await exampleCompany(stack);
  const organization = company?.pd_org_id ?? null;
  return [
    ['Pipedrive', `${addresses.pipedrive}/${organization === null ? '' : `#organization-${organization}`}`],
    ['TutorCruncher', `${addresses.tc2}/clients/${exampleClientId}/`],
    ...(addresses.temporalUi === undefined
      ? []
      : ([['Temporal', `${addresses.temporalUi}/namespaces/default/workflows`]] as [string, string][])),
  ];
};

const play = async (stack: DemoStack, scenario: Scenario, stdout: Writable): Promise<Story> => {
  stdout.write(`\n${scenario.name}: ${scenario.summary}\n\n`);
  const tc2 = tutorCruncher(stack);
  const marks = await markNow(stack);
  const tell = createTeller(stdout);
  await scenario.act({ stack, tc2, tell });
  const story = await follow(stack, tc2, marks, tell);
  stdout.write(`\n  ${countCalls(story.calls)}\n`);
  return story;
};

const find = (name: ScenarioName): Scenario => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};

/**
 * Plays the scenarios one after the other; where one needs the agency and Hermes does not hold it, the agency signs up first.
 *
 * @throws CommandError with a sentence for whoever watches
 */
export const playScenarios = async (
  stack: DemoStack,
  names: readonly ScenarioName[],
  stdout: Writable,
): Promise<void> => {
  for (const name of names) {
    const scenario = find(name);
    if (scenario.needsAgency && (await exampleCompany(stack)) === undefined) {
      stdout.write('\nHermes does not hold the agency, so it comes first.\n');
      await play(stack, find('client'), stdout);
    }
    await play(stack, scenario, stdout);
  }
  stdout.write('\n  Look:\n');
  for (const [what, where] of await links(stack)) stdout.write(`    ${what.padEnd(14)}${where}\n`);
  stdout.write('\n');
};
