/** Telling our own records in Pipedrive by what they say: for activities, and where hermes_id is not mapped. */
import { isEmpty, sameValue, type Fields } from './fields.ts';

/** Fields that tell one activity from another; activities have no custom fields. */
const ofActivity = ['owner_id', 'org_id', 'subject', 'due_date', 'due_time'] as const;

const ofOthers = ['name', 'title', 'org_id', 'person_id', 'owner_id'] as const;

/** Whether a record says what the one that we made, or are making, says. */
export const isAlike = (record: Fields, wanted: Fields): boolean => {
  const names = 'due_date' in wanted ? ofActivity : ofOthers;
  const present = names.filter((name) => !isEmpty(wanted[name]));
  return present.length > 0 && present.every((name) => sameValue(wanted[name], record[name]));
};
