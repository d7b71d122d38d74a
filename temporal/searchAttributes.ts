/** Search attributes of Hermes, all Keyword. Opaque ids only: they are never encrypted. */
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';

export const searchAttributeNames = [
  'HermesSource',
  'HermesCompanyId',
  'HermesSubject',
  'HermesFailure',
] as const;

const keyword = (name: (typeof searchAttributeNames)[number]) =>
  defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** Who sent the event: tc2, pipedrive, callbooker, or hermes for work of its own. */
export const sourceAttribute = keyword('HermesSource');
export const companyIdAttribute = keyword('HermesCompanyId');
/** Kind and id of what the event speaks of, such as client-70412. */
const subjectAttribute = keyword('HermesSubject');
/** Type of the failure while a run fails or waits for a downstream; absent when all is well. */
export const failureAttribute = keyword('HermesFailure');

/** Attributes that a run starts with. */
export const startAttributes = (run: {
  source: string;
  subject: string;
  companyId: number | null;
}): SearchAttributePair[] => {
  const pairs: SearchAttributePair[] = [
    { key: sourceAttribute, value: run.source },
    { key: subjectAttribute, value: run.subject },
  ];
  if (run.companyId !== null) pairs.push({ key: companyIdAttribute, value: String(run.companyId) });
  return pairs;
};
