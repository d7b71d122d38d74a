import { z } from 'zod';
import { completeAddress } from '../customFields.ts';
import { invalid, parse } from '../errors.ts';
import type { ActivityRow } from '../rows.ts';
import { address, date, id, text } from '../shapes.ts';
import type { Store } from '../store.ts';
import { requireLink, requireOwner, requireSomething, sent, type Model } from './model.ts';

/** HH:MM or HH:MM:SS. */
const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'The value is not a valid time')
  .transform((time) => (time.length === 5 ? `${time}:00` : time));

const attendee = z.strictObject({
  email: text(255).min(1),
  name: text(255).nullable().optional(),
  status: text(32).optional(),
  is_organizer: z.boolean().optional(),
  person_id: id.nullable().optional(),
  user_id: id.nullable().optional(),
});

// No custom_fields: an activity has none.
const body = z.strictObject({
  subject: text(255).min(1, 'The value must not be empty').optional(),
  type: z.string().optional(),
  owner_id: id.optional(),
  deal_id: id.nullable().optional(),
  lead_id: z.uuid().optional(),
  org_id: id.nullable().optional(),
  project_id: id.optional(),
  due_date: date.optional(),
  due_time: clock.optional(),
  duration: clock.optional(),
  busy: z.boolean().optional(),
  done: z.boolean().optional(),
  location: address.optional(),
  participants: z.array(z.strictObject({ person_id: id, primary: z.boolean().optional() })).optional(),
  attendees: z.array(attendee).optional(),
  public_description: text(65_535).optional(),
  priority: z.int().nullable().optional(),
  note: text(65_535).optional(),
});

type Body = z.infer<typeof body>;

const check = (store: Store, input: Body): void => {
  const { type } = input;
  if (type !== undefined && !store.activityTypes.some((known) => known.key_string === type)) {
    throw invalid('type', `Unknown activity type '${type}'`);
  }
  if (input.lead_id !== undefined) throw invalid('lead_id', 'Lead not found');
  if (input.project_id !== undefined) throw invalid('project_id', 'Project not found');
  requireLink(store, 'deal', 'deal_id', input.deal_id);
  requireLink(store, 'organization', 'org_id', input.org_id);
  for (const { person_id } of input.participants ?? []) {
    requireLink(store, 'person', 'participants.person_id', person_id);
  }
};

const people = (input: Body): Partial<Pick<ActivityRow, 'participants' | 'attendees' | 'location'>> => {
  const { participants, attendees, location } = input;
  const primary = Math.max(0, participants?.findLastIndex((item) => item.primary === true) ?? 0);
  return {
    ...(participants === undefined
      ? {}
      : {
          participants: participants.map(({ person_id }, index) => ({
            person_id,
            primary: index === primary,
          })),
        }),
    ...(attendees === undefined
      ? {}
      : {
          attendees: attendees.map((item) => ({
            email: item.email,
            name: item.name ?? null,
            status: item.status ?? 'noreply',
            is_organizer: item.is_organizer ?? false,
            person_id: item.person_id ?? null,
            user_id: item.user_id ?? null,
          })),
        }),
    ...(location === undefined ? {} : { location: completeAddress(location) }),
  };
};

/** Activities: UTC dates and times apart, a person only as participant, no custom fields. */
export const activityModel: Model<'activity'> = {
  entity: 'activity',
  path: 'activities',
  label: 'Activity',

  create: (store, actor, input, rowId) => {
    const written = parse(body, input);
    for (const key of store.settings.activityRequires) {
      if (written[key as keyof Body] === undefined) throw invalid(key, 'A value is required');
    }
    check(store, written);
    const now = store.writeTime();
    return {
      id: rowId,
      subject: written.subject ?? 'Call',
      type: written.type ?? 'call',
      owner_id: requireOwner(store, actor, written.owner_id),
      creator_user_id: actor.userId,
      deal_id: written.deal_id ?? null,
      lead_id: null,
      org_id: written.org_id ?? null,
      project_id: null,
      due_date: written.due_date ?? now.slice(0, 10),
      due_time: written.due_time ?? null,
      duration: written.duration ?? null,
      busy: written.busy ?? false,
      done: written.done ?? false,
      marked_as_done_time: written.done === true ? now : null,
      location: null,
      participants: [],
      attendees: [],
      ...people(written),
      public_description: written.public_description ?? null,
      priority: written.priority ?? null,
      note: written.note ?? null,
      add_time: now,
      update_time: now,
      is_deleted: false,
    };
  },

  change: (store, actor, row, input) => {
    const written = parse(body, input);
    requireSomething(written);
    check(store, written);
    if (written.owner_id !== undefined) requireOwner(store, actor, written.owner_id);
    const { subject, type, owner_id, deal_id, org_id, due_date, due_time, duration } = written;
    const { busy, done, public_description, priority, note } = written;
    const isDone = done ?? row.done;
    return {
      ...row,
      ...sent({ subject, type, owner_id, deal_id, org_id, due_date, due_time, duration }),
      ...sent({ busy, done, public_description, priority, note }),
      ...people(written),
      marked_as_done_time: isDone ? (row.marked_as_done_time ?? store.writeTime()) : null,
    };
  },
};
