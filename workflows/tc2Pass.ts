/** One pass over what TC2 holds of a company: compare, call, compare again. */
import { typedFailure } from './failures.ts';
import type { PassContext } from './pass.ts';
import { persist } from './persist.ts';
import { database, tc2 } from './proxies.ts';
import type { WriteBackPlan } from './syncSteps.ts';

export interface Tc2PassContext extends PassContext {
  priorityKey: number;
}

/** One call brings TC2 to what is wanted; a change may arrive meanwhile. More than that is a bug, and must be seen. */
const maxWriteBacks = 10;

/** Brings TC2 to what is wanted, with at most one call per comparison. */
export const tc2Pass = async (context: Tc2PassContext): Promise<void> => {
  const { companyId, priorityKey, refusals, refused, onWaiting, notices, mustRenew, during } = context;
  const refuse = async (reason: string, plan: WriteBackPlan): Promise<void> => {
    refusals.push(reason);
    const { version } = await database.planWriteBack({
      companyId,
      refusal: reason,
      refusedVersion: plan.version,
    });
    Object.assign(refused, { version, keys: plan.attributes, reasons: [reason] });
  };
  /** The same attributes of the same version would be refused again (TCW-11). */
  const standsRefused = ({ version, attributes }: WriteBackPlan): boolean =>
    version === refused.version && attributes.join() === refused.keys.join();
  let plan: WriteBackPlan = { version: 0, attributes: [] };
  for (let calls = 0; calls < maxWriteBacks; calls += 1) {
    plan = await database.planWriteBack({ companyId, refusal: null });
    if (plan.attributes.length === 0) return;
    if (standsRefused(plan)) {
      refusals.push(...refused.reasons);
      return;
    }
    const summary = `company ${companyId}: ${plan.attributes.join(', ')}`.slice(0, 190);
    try {
      const outcome = await persist(
        { what: 'TC2', woken: () => false, onWaiting, notices, mustRenew, during },
        () => tc2.writeBackClient.executeWithOptions({ summary, priority: { priorityKey } }, [{ companyId }]),
      );
      if (outcome !== 'done') return;
    } catch (error) {
      const failure = typedFailure(error);
      if (failure === null) throw error;
      return refuse(failure.message, plan);
    }
  }
  const reason = `what TC2 holds of company ${companyId} still differs after ${maxWriteBacks} calls`;
  return refuse(reason, { ...plan, attributes: [] });
};
