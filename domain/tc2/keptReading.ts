/** What is kept of a client that was read from TC2. */
import { pythonJson } from '../values/pythonJson.ts';
import { isRecord } from '../values/record.ts';

/**
 * The client with its questionnaire as the text that it becomes (TCC-23): the column for readings does not keep the order of an object's
 * keys, and the same questionnaire in another order would be a change.
 */
export const keptReading = (client: Record<string, unknown>): Record<string, unknown> => {
  const agency = client.meta_agency;
  if (!isRecord(agency)) return client;
  const { signup_questionnaire: questionnaire } = agency;
  if (typeof questionnaire !== 'object' || questionnaire === null) return client;
  return { ...client, meta_agency: { ...agency, signup_questionnaire: pythonJson(questionnaire) } };
};
