import type { Letter, Meeting } from '../content/letter.js';
import type { Entity } from './entity.js';

const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
const escaped = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');

/** The iCalendar part that makes a message a meeting request (RFC 5546, 3.2.2). */
export function calendarRequest(letter: Letter, meeting: Meeting): Entity {
  const lines = [
    'BEGIN:VCALENDAR',
    'METHOD:REQUEST',
    'PRODID:-//Example//Calendar 1.0//EN',
    'VERSION:2.0',
    'BEGIN:VEVENT',
    `UID:${letter.topic}`,
    `DTSTAMP:${stamp(letter.sentAt)}`,
    `DTSTART:${stamp(meeting.startAt)}`,
    `DTEND:${stamp(meeting.endAt)}`,
    `SUMMARY:${escaped(letter.subject)}`,
    `LOCATION:${escaped(meeting.location)}`,
    ...(letter.from ? [`ORGANIZER:mailto:${letter.from.address}`] : []),
    ...letter.to.map((address) => `ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:${address.address}`),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  const header = 'Content-Type: text/calendar; charset="utf-8"; method=REQUEST\r\nContent-Transfer-Encoding: 8bit\r\n';
  return { header, body: [Buffer.from(lines.join('\r\n'))] };
}
