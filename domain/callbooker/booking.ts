/**
 * What the website posts when a visitor books a call.
 *
 * The form's habits are taken as they are: numbers as strings, "" for absent, keys that nobody reads, a moment as ISO text with or
 * without a zone (without one it is UTC: CBS-33) or as epoch seconds.
 */
import { z } from 'zod';
import { pricePlans, type PricePlan } from '../company/terms.ts';
import { identifier, identifierOf } from '../values/identifier.ts';
import { moment } from '../values/moment.ts';
import { nameOf, optionalText, storable } from '../values/text.ts';
import { personName, type PersonName } from './personName.ts';

/** A booking, parsed. */
export interface SalesBooking {
  kind: 'sales';
  adminId: number;
  companyId: number | null;
  /** A Hermes admin id, or a TC2 admin id: CBS-13 to CBS-16. */
  bdrPersonId: number | null;
  name: PersonName;
  email: string;
  phone: string | null;
  country: string | null;
  companyName: string;
  website: string | null;
  currency: string | null;
  estimatedIncome: string | null;
  utmSource: string | null;
  utmCampaign: string | null;
  pricePlan: PricePlan;
  start: Date;
}

export interface SupportBooking {
  kind: 'support';
  adminId: number;
  companyId: number;
  name: PersonName;
  /** The contact's own address counts when none is given. */
  email: string | null;
  phone: string | null;
  start: Date;
}

export type Booking = SalesBooking | SupportBooking;

const blankIsAbsent = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;

const optionalId = z.preprocess((value) => blankIsAbsent(value) ?? null, identifier.nullable());

/** What is no id is left out: a stale value in a visitor's browser must not cost a booking. */
const lenientId = z
  .unknown()
  .optional()
  .transform((value) => identifierOf(value));

/** RFC 5321 allows no longer path. */
const maxEmailLength = 254;

const emailText = z
  .string()
  .transform((value) => storable(value).trim().toLowerCase())
  .pipe(
    z
      .string()
      .max(maxEmailLength, `must have at most ${maxEmailLength} characters`)
      .regex(/^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+\.[^\s@<>(),;:".]+$/, 'must be an e-mail address'),
  );
const requiredEmail = z.preprocess(blankIsAbsent, emailText);
const optionalEmail = z.preprocess((value) => blankIsAbsent(value) ?? null, z.union([z.null(), emailText]));

const visitorName = z.string().transform((typed, context) => {
  const name = personName(typed);
  if (name !== null) return name;
  context.addIssue({ code: 'custom', message: 'must not be empty' });
  return z.NEVER;
});

const companyName = z.string().transform((typed, context) => {
  const name = nameOf(typed);
  if (name !== null) return name;
  context.addIssue({ code: 'custom', message: 'must not be empty' });
  return z.NEVER;
});

/** Calendars end with the year 9999, and a call has an end, too. */
const lastYear = 9998;

/** When a call may begin. */
export const callStart = moment.refine(
  (date) => date.getUTCFullYear() <= lastYear,
  `must be no later than the year ${lastYear}`,
);

const future = (now: Date) =>
  callStart.refine((date) => date.getTime() > now.getTime(), 'meeting_dt must be in the future');

const salesSchema = (now: Date) =>
  z
    .object({
      admin_id: identifier,
      company_id: optionalId,
      bdr_person_id: lenientId,
      name: visitorName,
      email: requiredEmail,
      phone: optionalText,
      country: optionalText,
      company_name: companyName,
      website: optionalText,
      currency: optionalText,
      estimated_income: optionalText,
      utm_source: optionalText,
      utm_campaign: optionalText,
      price_plan: z.enum(pricePlans),
      meeting_dt: future(now),
    })
    .transform((body): SalesBooking => ({
      kind: 'sales',
      adminId: body.admin_id,
      companyId: body.company_id,
      bdrPersonId: body.bdr_person_id,
      name: body.name,
      email: body.email,
      phone: body.phone,
      country: body.country,
      companyName: body.company_name,
      website: body.website,
      currency: body.currency,
      estimatedIncome: body.estimated_income,
      utmSource: body.utm_source,
      utmCampaign: body.utm_campaign,
      pricePlan: body.price_plan,
      start: body.meeting_dt,
    }));

const supportSchema = (now: Date) =>
  z
    .object({
      admin_id: identifier,
      company_id: identifier,
      name: visitorName,
      email: optionalEmail,
      phone: optionalText,
      meeting_dt: future(now),
    })
    .transform((body): SupportBooking => ({
      kind: 'support',
      adminId: body.admin_id,
      companyId: body.company_id,
      name: body.name,
      email: body.email,
      phone: body.phone,
      start: body.meeting_dt,
    }));

/** Both schemas, also for the description of the API. @param now bookings up to here are in the past (CBS-31, CBS-32) */
export const bookingSchema = (kind: Booking['kind'], now: Date): z.ZodType<Booking> =>
  kind === 'sales' ? salesSchema(now) : supportSchema(now);
