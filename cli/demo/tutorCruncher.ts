/** The sandbox's TutorCruncher, operated from outside: over its control desk, and in its name towards Hermes. */
import { z } from 'zod';
import {
  clientEvent,
  exampleClient,
  signBody,
  webhookBody,
  type MetaAgency,
  type Tc2Client,
} from '../../sandbox/tc2/events.ts';
import { askSandbox } from './askSandbox.ts';
import type { DemoStack } from './stack.ts';

/** The agency of every scenario. */
export const exampleClientId = exampleClient.id;

export type AgencyState = { kind: 'live'; client: Tc2Client } | { kind: 'trash' } | { kind: 'absent' };

const stateSchema = z.object({
  clients: z.array(z.looseObject({ id: z.number() })),
  trash: z.array(z.looseObject({ id: z.number() })),
});

const deliveriesSchema = z.object({
  deliveries: z.array(z.object({ outcome: z.string(), attempts: z.array(z.unknown()) })),
});

export interface Answer {
  status: number;
  ms: number;
}

/** @param stack whose TutorCruncher it is */
export const tutorCruncher = ({ addresses, tc2Key }: Pick<DemoStack, 'addresses' | 'tc2Key'>) => {
  const ask = (method: string, path: string, body?: unknown): Promise<unknown> =>
    askSandbox('TutorCruncher', method, `${addresses.tc2}/_sandbox${path}`, body);
  const client = `/clients/${exampleClientId}`;

  return {
    /** The example agency as TutorCruncher holds it. */
    agency: async (): Promise<AgencyState> => {
      const { clients, trash } = stateSchema.parse(await ask('GET', '/state'));
      const live = clients.find(({ id }) => id === exampleClientId);
      if (live !== undefined) return { kind: 'live', client: live as unknown as Tc2Client };
      return { kind: trash.some(({ id }) => id === exampleClientId) ? 'trash' : 'absent' };
    },
    /** Each of these changes the agency; TutorCruncher then sends its own webhook. */
    signUp: () => ask('POST', '/clients', { id: exampleClientId }),
    recover: () => ask('POST', `${client}/recover`),
    change: (agency: Partial<MetaAgency>) => ask('PATCH', client, { patch: { meta_agency: agency } }),
    payInvoice: () => ask('POST', `${client}/invoice-paid`),
    delete: () => ask('DELETE', client),

    /** Sends what TutorCruncher sends about a client, byte for byte and signed, and waits for the answer. */
    send: async (about: Tc2Client): Promise<Answer> => {
      const body = webhookBody([
        clientEvent(about, 'EDITED_A_CLIENT', new Date(), { baseUrl: addresses.tc2 }),
      ]);
      const begin = performance.now();
      const answer = await fetch(`${addresses.api}/tc2/callback/`, {
        method: 'POST',
        headers: {
          'user-agent': 'TutorCruncher',
          'content-type': 'application/json',
          'webhook-signature': signBody(body, tc2Key),
        },
        body: new Uint8Array(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
      });
      await answer.arrayBuffer();
      return { status: answer.status, ms: performance.now() - begin };
    },

    /** Whether a webhook is on its first way to Hermes. */
    isSending: async (): Promise<boolean> => {
      const { deliveries } = deliveriesSchema.parse(await ask('GET', '/deliveries'));
      return deliveries.some(({ outcome, attempts }) => outcome === 'pending' && attempts.length === 0);
    },
  };
};

export type TutorCruncher = ReturnType<typeof tutorCruncher>;
