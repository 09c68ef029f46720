import Table from 'cli-table3';
import type { Surroundings } from '../surroundings.js';
import { harmless } from './words.js';

/** One column of a table: its title and what stands in it for a row. */
export type Column<Row> = readonly [title: string, cell: (row: Row) => string | number | undefined];

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Prints results: tables for people, or the API's own JSON. */
export class Printer {
  constructor(
    private readonly around: Surroundings,
    /** Whether results are JSON. */
    readonly isJson: boolean,
  ) {}

  /** A result: `show` draws it for people. */
  result(value: unknown, show: () => void): void {
    if (this.isJson) this.#write(JSON.stringify(value, undefined, 2));
    else show();
  }

  /** One of many results that come one by one: a line of JSON, or what `show` draws. */
  event(value: unknown, show: () => void): void {
    if (this.isJson) this.#write(JSON.stringify(value));
    else show();
  }

  /** Rows as a table; `none` says what it means that there are none. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], none: string): void {
    this.result(rows, () => {
      if (rows.length === 0) this.line(none);
      else
        this.#draw(
          columns.map(([title]) => title),
          rows.map((row) => columns.map(([, cell]) => cell(row))),
        );
    });
  }

  /** One thing, a field on each line. */
  fields(value: unknown, fields: readonly (readonly [string, string | number | undefined])[]): void {
    this.result(value, () =>
      this.#draw(
        [],
        fields.filter(([, text]) => text !== undefined && text !== ''),
      ),
    );
  }

  /** One line for people; nothing in JSON mode. */
  line(text: string): void {
    if (!this.isJson) this.#write(harmless(text));
  }

  /** A line beside the results, in JSON mode too. */
  note(text: string): void {
    this.around.stderr.write(`${harmless(text)}\n`);
  }

  #draw(head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): void {
    const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };
    const table = new Table({ chars: NO_BORDER, style, ...(head.length > 0 && { head: [...head] }) });
    for (const row of rows) table.push(row.map((cell) => harmless(String(cell ?? ''))));
    const text = table.toString();
    this.#write(text.replaceAll(/ +$/gm, ''));
  }

  #write(text: string): void {
    this.around.stdout.write(`${text}\n`);
  }
}
