/** What happens in TutorCruncher: clients come, change, pay, go and come back. */
import type { Tc2Sandbox } from '../../sandbox/tc2/index.ts';
import type { Random } from '../random.ts';

const statuses = ['trial', 'active', 'active-not-paying', 'suspended', 'in-arrears', 'pending_email_conf'];

/** Makes a client whose people are nobody else's. */
const create = (tc2: Tc2Sandbox, number: number, tag: number): void => {
  tc2.createClient({
    meta_agency: {
      name: `Chaos Tutors ${tag} ${number}`,
      created: new Date().toISOString(),
      status: 'trial',
      paid_invoice_count: 0,
    },
    user: {
      first_name: 'Client',
      last_name: `Number ${number}`,
      email: `client-${tag}-${number}@chaos.example`,
      phone: `+44${String(tag % 1000).padStart(3, '7')}90${String(number).padStart(5, '0')}`,
    },
  });
};

/**
 * Gives the function by which one thing happens, and which returns its name.
 *
 * @param tag tells its clients from those of another run
 */
export const tutorCruncherLoad = (tc2: Tc2Sandbox, random: Random, tag: number): (() => string) => {
  let created = 0;
  return () => {
    const ids = [...tc2.state.clients.keys()];
    const dice = random.next();
    if (ids.length < 3 || dice < 0.3) {
      created += 1;
      create(tc2, created, tag);
      return 'client created';
    }
    const id = random.pick(ids);
    if (dice < 0.6) {
      tc2.changeClient(id, {
        meta_agency: { status: random.pick(statuses), gclid: `g${random.between(1, 9)}` },
      });
      return 'client changed';
    }
    if (dice < 0.82) {
      tc2.invoicePaid(id);
      return 'invoice paid';
    }
    if (dice < 0.88) {
      tc2.deleteClient(id);
      return 'client deleted';
    }
    if (dice < 0.95) {
      const [trashed] = [...tc2.state.trash.keys()];
      if (trashed === undefined) return 'nothing';
      tc2.recoverClient(trashed);
      return 'client recovered';
    }
    tc2.changeClient(id, { meta_agency: { narc: random.next() < 0.5 } });
    return 'client NARC or not';
  };
};
