/** Signed links with which a visitor cancels or moves a booked call. They stand in the invitation and end with the meeting. */
import { createHmac } from 'node:crypto';
import { isSameSecret } from '../values/sameSecret.ts';

const signature = (key: string, meetingUuid: string): string =>
  createHmac('sha256', key).update(`meeting-link:${meetingUuid}`).digest('hex');

/** @param baseUrl public address of Hermes */
export const meetingLinkUrl = (baseUrl: string, key: string, meetingUuid: string): string =>
  `${baseUrl}/callbooker/meeting/${meetingUuid}/?s=${signature(key, meetingUuid)}`;

/** Whether a signature is that of the meeting, compared in constant time. */
export const isMeetingLink = (key: string, meetingUuid: string, given: string): boolean =>
  isSameSecret(given.trim().toLowerCase(), signature(key, meetingUuid));
