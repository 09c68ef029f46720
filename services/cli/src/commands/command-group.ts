import type { Command } from 'commander';
import type { Session } from '../session.js';

/** Wraps the work of a command: it gets an open session before its arguments and options. */
export type Act = <Given extends readonly unknown[]>(
  work: (session: Session, ...given: Given) => Promise<void>,
) => (...given: Given) => Promise<void>;

/** Adds some commands to the program. */
export type CommandGroup = (program: Command, act: Act) => void;
