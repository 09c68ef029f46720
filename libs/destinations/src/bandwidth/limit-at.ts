import { type Bandwidth, WEEKDAYS } from './bandwidth-settings.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const MIB = 1024 * 1024;

/** One formatter for each zone: making one takes longer than asking it a thousand times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}

/** Day of the week (0: Monday) and minutes since midnight that a clock on the wall shows at an instant. */
function wallClock(timeZone: string, instant: number): { readonly day: number; readonly minute: number } {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const day = WEEKDAYS.findIndex((name) => name === parts['weekday']?.toLowerCase());
  return { day, minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
}

function minutesOf(time: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** Bytes a second that are allowed at an instant (milliseconds since the epoch); undefined: as many as go. */
export function limitAt({ timeZone, limits }: Bandwidth, instant: number): number | undefined {
  const { day, minute } = wallClock(timeZone, instant);
  const yesterday = (day + 6) % 7;
  const found = limits.find(({ from, to, days }) => {
    const [start, end] = [minutesOf(from), minutesOf(to)];
    const isOn = (which: number) => days.some((name) => name === WEEKDAYS[which]);
    if (start < end) return isOn(day) && minute >= start && minute < end;
    return (isOn(day) && minute >= start) || (isOn(yesterday) && minute < end);
  });
  return found && found.mibPerSecond * MIB;
}

/** Whether any limit holds at some time from an instant on, for so long. */
export function isLimitedWithin(bandwidth: Bandwidth, instant: number, ms: number): boolean {
  const minutes = Math.min(Math.ceil(ms / MINUTE_MS), 7 * DAY_MINUTES);
  for (let at = 0; at <= minutes; at += 1)
    if (limitAt(bandwidth, instant + Math.min(at * MINUTE_MS, ms)) !== undefined) return true;
  return false;
}
