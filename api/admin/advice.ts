/** What an operator should do about a failure, by its type: the reasons themselves are written for whoever knows the code. */

export interface Advice {
  text: string;
  /** The page where it is done. */
  page: { path: string; name: string } | null;
}

const admins = { path: '/admin/admins', name: 'Admins' };
const pipelines = { path: '/admin/pipelines', name: 'Pipelines' };
const fields = { path: '/admin/fields', name: 'Fields' };
const overview = { path: '/admin/overview', name: 'Overview' };

/** For an event that failed, by the type at the beginning of its reason. */
export const adviceOnEvent = (reason: string | null): Advice | null => {
  const [type] = /^[A-Za-z]+(?=:)/.exec(reason ?? '') ?? [];
  switch (type) {
    case undefined:
      return null;
    case 'UnknownSalesPerson':
      return { text: 'Give the admin with that TC2 id, then replay.', page: admins };
    case 'InvalidClient':
    case 'InvalidInvoice':
    case 'InvalidRecord':
      return {
        text: 'The sender sent what this release cannot read. Have it mended there, or replay after a release that reads it.',
        page: null,
      };
    case 'Refused':
    case 'Unauthorised':
      return {
        text: 'The sender’s API did not let Hermes read the subject. See to its key and rights, then replay.',
        page: null,
      };
    default:
      return { text: 'Put right what the reason names, then replay.', page: null };
  }
};

/** Whom nobody is known by, when that is why an event failed or waits. */
export interface UnknownAdmin {
  column: 'tc2_admin_id' | 'pd_owner_id';
  id: number;
  says: string;
}

/** @param waitingFor of a parked event */
export const unknownAdminOf = (reason: string | null, waitingFor: string | null): UnknownAdmin | null => {
  const [, tc2] = /^UnknownSalesPerson: .*\bTC2 admin (\d+)\b/.exec(reason ?? '') ?? [];
  if (tc2 !== undefined) return { column: 'tc2_admin_id', id: Number(tc2), says: `TC2 admin ${tc2}` };
  const [, owner] = /^owner:(\d+)$/.exec(waitingFor ?? '') ?? [];
  if (owner !== undefined)
    return { column: 'pd_owner_id', id: Number(owner), says: `Pipedrive user ${owner}` };
  return null;
};

/** For an event that is parked, by what it waits for: `owner:7`. It goes on by itself. */
export const adviceOnParked = (waitingFor: string | null): Advice | null => {
  const [what] = (waitingFor ?? '').split(':');
  switch (what) {
    case '':
    case undefined:
      return null;
    case 'owner':
      return { text: 'Give the admin with that Pipedrive user id: it goes on by itself.', page: admins };
    case 'pipeline':
    case 'stage':
      return {
        text: 'Make it known: Pipedrive’s webhook does, or `hermes pipedrive setup`. It goes on by itself.',
        page: pipelines,
      };
    default:
      return { text: 'It goes on by itself when that exists.', page: null };
  }
};

/** For what a downstream refused of a company. */
export const adviceOnRefusal = (refusal: string | null): Advice | null => {
  if (refusal === null || refusal === '') return null;
  if (/\(.*custom_fields/.test(refusal)) {
    return {
      text: 'Pipedrive does not take the value in that field. Choose a field that fits, or none, then sync.',
      page: fields,
    };
  }
  if (/\bowner_id\b/.test(refusal)) {
    return {
      text: 'Pipedrive does not know that user. Mend the admin’s Pipedrive id, then sync.',
      page: admins,
    };
  }
  if (/\b(pipeline_id|stage_id)\b/.test(refusal)) {
    return {
      text: 'Pipedrive does not know that pipeline or stage. Mend the entry stage, then sync.',
      page: pipelines,
    };
  }
  return { text: 'Mend the value that the refusal names where it comes from, then sync.', page: null };
};

/** For a side that waits, when its calls are paused. */
export const adviceOnPause = (reason: string | null): Advice => {
  if (reason === 'Unauthorised') {
    return {
      text: 'The key is refused. Set the right one and restart the worker: everything goes on by itself.',
      page: overview,
    };
  }
  return { text: 'The downstream asks for patience. It goes on by itself.', page: overview };
};
