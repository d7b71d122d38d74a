/** A CompanySync that no recorded history fits: for the proof that a replay notices. */
import { sleep } from '@temporalio/workflow';

export async function CompanySync(): Promise<{ passes: number }> {
  await sleep('1 hour');
  return { passes: 0 };
}
