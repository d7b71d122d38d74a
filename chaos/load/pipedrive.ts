/** What people do in Pipedrive: they rename, move, close, add and delete. */
import { ApiError } from '../../sandbox/pipedrive/errors.ts';
import type { PipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import type { Random } from '../random.ts';

/** What people did that must stand in the end. */
export interface PeopleWork {
  /** The name that somebody typed last, by record. */
  typed: Map<string, string>;
  /** Organizations that somebody added. */
  added: Set<number>;
}

interface Live {
  id: number;
  is_deleted?: boolean;
}

const alive = <T extends Live>(rows: ReadonlyMap<number, T>): T[] =>
  [...rows.values()].filter(({ is_deleted: deleted }) => deleted !== true);

/** Gives the function by which one thing happens, and which returns its name. */
export const pipedriveLoad = (
  { app, organizations, persons, deals }: PipedriveSandbox,
  random: Random,
  { typed, added }: PeopleWork,
): (() => string) => {
  let number = 0;
  const rename = (): string => {
    const rows = alive(organizations);
    if (rows.length === 0) return 'nothing';
    const { id } = random.pick(rows);
    number += 1;
    const name = `Renamed ${number}`;
    app.update('organization', id, { name });
    typed.set(`organization ${id}`, name);
    return 'organization renamed';
  };
  const call = (): string => {
    const rows = alive(persons);
    if (rows.length === 0) return 'nothing';
    const { id } = random.pick(rows);
    number += 1;
    const name = `Person ${number}`;
    app.update('person', id, { name });
    typed.set(`person ${id}`, name);
    return 'person renamed';
  };
  const work = (): string => {
    const rows = alive(deals).filter(({ status }) => status === 'open');
    if (rows.length === 0) return 'nothing';
    const { id, pipeline_id: pipeline } = random.pick(rows);
    number += 1;
    const dice = random.next();
    if (dice < 0.5) {
      const title = `Deal ${number}`;
      app.update('deal', id, { title });
      typed.set(`deal ${id}`, title);
      return 'deal renamed';
    }
    if (dice < 0.8) {
      app.update('deal', id, { stage_id: pipeline * 10 + random.between(1, 4) });
      return 'deal moved';
    }
    app.update('deal', id, { status: random.pick(['won', 'lost']) });
    return 'deal closed';
  };
  const add = (): string => {
    number += 1;
    added.add(app.create('organization', { name: `By hand ${number}`, owner_id: 101 }).id);
    return 'organization added';
  };
  const remove = (): string => {
    const [entity, rows] = random.pick([
      ['organization', alive(organizations)],
      ['person', alive(persons)],
      ['deal', alive(deals)],
    ] as const);
    if (rows.length < 10) return 'nothing';
    const { id } = random.pick<Live>(rows);
    app.delete(entity, id);
    typed.delete(`${entity} ${id}`);
    return `${entity} deleted`;
  };
  return () => {
    const dice = random.next();
    try {
      if (dice < 0.3) return rename();
      if (dice < 0.5) return call();
      if (dice < 0.85) return work();
      return dice < 0.93 ? add() : remove();
    } catch (error) {
      // Somebody clicks on what has gone, or asks for what the account refuses.
      if (error instanceof ApiError) return 'refused';
      throw error;
    }
  };
};
