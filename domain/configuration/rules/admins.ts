import { isEmail, isTimeZone } from '../values.ts';
import { judgeMissing, judgeTwice, type Case } from './case.ts';

/** Each admin once, reachable by e-mail, in a zone that exists, with a TC2 id that no other admin has. */
export const judgeAdmins = ({ document, before, plan, report, warn }: Case): void => {
  const { admins } = document;
  judgeTwice(admins, 'id', ({ id }) => id, report);
  for (const entry of admins) {
    const { path, said } = entry;
    const existing = before.admins.find(({ id }) => id === said.id);
    judgeMissing(entry, existing === undefined, ['username'], report);
    if (said.username !== undefined && said.username !== existing?.username && !isEmail(said.username)) {
      report([...path, 'username'], 'must be an e-mail address', said.username);
    }
    if (said.timezone !== undefined && said.timezone !== existing?.timezone && !isTimeZone(said.timezone)) {
      report([...path, 'timezone'], 'must be an IANA time zone such as Europe/London', said.timezone);
    }
    const others = plan.result.admins.filter(({ id }) => id !== said.id);
    const sameCalendar = others.find(({ username }) => username !== '' && username === said.username);
    if (sameCalendar !== undefined && said.username !== existing?.username) {
      const message = `is also admin ${sameCalendar.id}'s: the two share one calendar`;
      warn([...path, 'username'], message, said.username);
    }
    const sameTc2 = others.find((other) => other.tc2_admin_id === (said.tc2_admin_id ?? undefined));
    if (sameTc2 !== undefined && said.tc2_admin_id !== existing?.tc2_admin_id) {
      report([...path, 'tc2_admin_id'], `is taken by admin ${sameTc2.id}`, said.tc2_admin_id);
    }
    const sameOwner = others.find((other) => other.pd_owner_id === (said.pd_owner_id ?? undefined));
    if (sameOwner !== undefined && said.pd_owner_id !== existing?.pd_owner_id) {
      const message = `is also admin ${sameOwner.id}'s: what Pipedrive says of this user counts for the lower id`;
      warn([...path, 'pd_owner_id'], message, said.pd_owner_id);
    }
  }
};
