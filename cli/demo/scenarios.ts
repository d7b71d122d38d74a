/** What can happen to the example agency. */
import { bookCall } from './bookCall.ts';
import { deleteOrganization, mergeOrganizations, renameOrganization } from './salesperson.ts';
import type { DemoStack } from './stack.ts';
import type { Teller } from './tell.ts';
import type { TutorCruncher } from './tutorCruncher.ts';

export interface Stage {
  stack: DemoStack;
  tc2: TutorCruncher;
  tell: Teller;
}

export interface Scenario {
  name: string;
  /** One line of the help. */
  summary: string;
  /** Whether Hermes has to know the agency before. */
  needsAgency: boolean;
  act: (stage: Stage) => Promise<void>;
}

const source = 'TutorCruncher';

export const scenarios = [
  {
    name: 'client',
    summary:
      'an agency signs up; once it is known, TutorCruncher sends it again unchanged, and no call follows',
    needsAgency: false,
    act: async ({ tc2, tell }) => {
      const agency = await tc2.agency();
      switch (agency.kind) {
        case 'absent':
          tell(source, 'the agency signs up');
          await tc2.signUp();
          return;
        case 'trash':
          tell(source, 'the deleted client is recovered');
          await tc2.recover();
          return;
        case 'live': {
          if (agency.client.meta_agency?.narc === true) {
            tell(source, 'the agency is a real client again (NARC taken off)');
            await tc2.change({ narc: false });
            return;
          }
          tell(source, `sends client ${agency.client.id}, signed: POST /tc2/callback/`);
          const { status, ms } = await tc2.send(agency.client);
          tell('API', `answered ${status} in ${ms.toFixed(0)} ms; the webhook is stored, the work follows`);
        }
      }
    },
  },
  {
    name: 'change',
    summary: 'the agency changes: only the fields that differ go to Pipedrive',
    needsAgency: true,
    act: async ({ tc2, tell }) => {
      const agency = await tc2.agency();
      const isTrial = agency.kind === 'live' && agency.client.meta_agency?.status === 'trial';
      const status = isTrial ? 'active' : 'trial';
      tell(source, `the agency's status becomes ${status}; it saves a card`);
      await tc2.change({ status, card_saved_dt: new Date().toISOString() });
    },
  },
  {
    name: 'invoice',
    summary: 'the agency pays an invoice: Hermes reads the client afresh and counts it',
    needsAgency: true,
    act: async ({ tc2, tell }) => {
      tell(source, 'the agency pays an invoice');
      await tc2.payInvoice();
    },
  },
  {
    name: 'edit',
    summary:
      'a salesperson renames the organization in Pipedrive: Hermes takes the name over, and calls nobody',
    needsAgency: true,
    act: renameOrganization,
  },
  {
    name: 'merge',
    summary: 'a salesperson merges a double into the organization: the agency keeps its own',
    needsAgency: true,
    act: mergeOrganizations,
  },
  {
    name: 'remove',
    summary: 'a salesperson deletes the organization in Pipedrive: only a booking brings it back',
    needsAgency: true,
    act: deleteOrganization,
  },
  {
    name: 'booking',
    summary: 'the agency books a sales call: the answer waits for the slot and the calendar',
    needsAgency: true,
    act: bookCall,
  },
  {
    name: 'narc',
    summary: 'the agency turns out not to be a real client: its records leave Pipedrive',
    needsAgency: true,
    act: async ({ tc2, tell }) => {
      tell(source, 'the agency is marked as not a real client (NARC)');
      await tc2.change({ narc: true });
    },
  },
  {
    name: 'delete',
    summary: 'the client is deleted in TutorCruncher (the scenario client brings it back)',
    needsAgency: true,
    act: async ({ tc2, tell }) => {
      tell(source, 'the client is deleted');
      await tc2.delete();
    },
  },
] as const satisfies readonly Scenario[];

export type ScenarioName = (typeof scenarios)[number]['name'];
