/** The settings below `[name]` of an INI file, as rclone writes it: one `key = value` a line; undefined where there is no such section. */
export function sectionOf(text: string, name: string): Readonly<Record<string, string>> | undefined {
  let found: [string, string][] | undefined;
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    const [, section] = /^\s*\[(.*)\]\s*$/.exec(line) ?? [];
    if (section !== undefined) {
      isInside = section === name;
      if (isInside) found ??= [];
    }
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isInside && section === undefined && key !== undefined && value !== undefined && value !== '')
      found?.push([key, value]);
  }
  return found && Object.fromEntries(found);
}
