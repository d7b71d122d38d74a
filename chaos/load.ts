/** What happens in TutorCruncher meanwhile: clients come, change, pay, go and come back; events double and arrive late. */
import type { Tc2Sandbox } from '../sandbox/tc2/index.ts';
import { clientEvent } from '../sandbox/tc2/events.ts';
import type { Random } from './random.ts';

/** Makes a client whose people are nobody else's. */
const create = (tc2: Tc2Sandbox, number: number): void => {
  const email = `client-${number}@chaos.example`;
  tc2.createClient({
    meta_agency: {
      name: `Chaos Tutors ${number}`,
      created: new Date().toISOString(),
      status: 'trial',
      paid_invoice_count: 0,
    },
    user: {
      first_name: 'Client',
      last_name: `Number ${number}`,
      email,
      phone: `+44770090${String(number).padStart(4, '0')}`,
    },
  });
};

const statuses = ['trial', 'active', 'active-not-paying', 'suspended', 'in-arrears', 'pending_email_conf'];

/** One thing happens. */
export const happen = async (
  tc2: Tc2Sandbox,
  random: Random,
  created: { count: number },
): Promise<string> => {
  const ids = [...tc2.state.clients.keys()];
  const dice = random.next();
  if (ids.length < 3 || dice < 0.3) {
    created.count += 1;
    create(tc2, created.count);
    return 'created';
  }
  const id = random.pick(ids);
  if (dice < 0.55) {
    tc2.changeClient(id, {
      meta_agency: { status: random.pick(statuses), gclid: `g${random.between(1, 9)}` },
    });
    return 'changed';
  }
  if (dice < 0.75) {
    tc2.invoicePaid(id);
    return 'paid';
  }
  if (dice < 0.82) {
    tc2.deleteClient(id);
    return 'deleted';
  }
  if (dice < 0.88) {
    const [trashed] = [...tc2.state.trash.keys()];
    if (trashed === undefined) return 'nothing';
    tc2.recoverClient(trashed);
    return 'recovered';
  }
  if (dice < 0.92) {
    tc2.changeClient(id, { meta_agency: { narc: random.next() < 0.5 } });
    return 'narc';
  }
  const client = tc2.state.clients.get(id);
  if (client === undefined) return 'nothing';
  const late = new Date(Date.now() - random.between(0, 5 * 60_000));
  void tc2
    .send(clientEvent(client, 'EDITED_A_CLIENT', late), { times: random.between(1, 3) })
    .catch(() => undefined);
  return 'repeated';
};
