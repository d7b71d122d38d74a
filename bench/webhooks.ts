/** Signed webhooks of TutorCruncher, each of another client, made fast enough not to be what is measured. */
import { clientEvent, exampleClient, signBody, webhookBody } from '../sandbox/tc2/events.ts';

export interface SignedWebhook {
  body: Buffer;
  headers: Record<string, string>;
}

export const tc2Key = 'bench-tc2-key';

/** Numbers that stand for ids in the text; the real ones are as long. */
const clientMark = 911_111_111;
const agencyMark = 922_222_222;
const recipientMark = 933_333_333;

/** A new sale of three kB, with marks where ids go; names and addresses differ too, so that no client is found to be another. */
const template = (): string => {
  const client = structuredClone(exampleClient);
  const [recipient] = client.paid_recipients;
  const email = `nell-${clientMark}@harbour-tutors.example`;
  client.id = clientMark;
  client.user.email = email;
  client.user.phone = `+44${clientMark}`;
  if (client.meta_agency !== null) {
    client.meta_agency.id = agencyMark;
    client.meta_agency.name = `Harbour Tutors ${clientMark}`;
    client.meta_agency.created = new Date().toISOString();
  }
  client.paid_recipients = recipient === undefined ? [] : [{ ...recipient, id: recipientMark, email }];
  return webhookBody([clientEvent(client, 'CREATED_A_CLIENT')]).toString('utf8');
};

const text = template();

export const signed = (body: Buffer): SignedWebhook => ({
  body,
  headers: { 'content-type': 'application/json', 'webhook-signature': signBody(body, tc2Key) },
});

/** The event that made client number `n`. */
export const newClientWebhook = (n: number): SignedWebhook =>
  signed(
    Buffer.from(
      text
        .replaceAll(String(clientMark), String(100_000_000 + n))
        .replaceAll(String(agencyMark), String(200_000_000 + n))
        .replaceAll(String(recipientMark), String(300_000_000 + n)),
    ),
  );

/** The same content again, some time later: what most webhooks of TutorCruncher are. */
export const resentClientWebhook = (n: number, at = new Date()): SignedWebhook =>
  signed(
    Buffer.from(
      newClientWebhook(n)
        .body.toString('utf8')
        .replace(/"timestamp": "[^"]+"/, `"timestamp": "${at.toISOString()}"`),
    ),
  );
