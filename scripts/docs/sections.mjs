// The parts of a page that can be linked to and found: its headings, and the rows of tables whose first cell is a code or
// an option.

/** Whether the rows of a table can be linked to, by what stands over its first column. */
export const namesRows = (heading) => heading === 'code' || heading === 'option';

/** The name of a row, if its first cell is a code or an option and nothing else. */
export const rowName = (cell) => /^`([A-Za-z]\w*)`$/.exec(cell)?.[1];

/** Parts of a Markdown text in their order: `{ name, anchor, text }`. A row has its name for an anchor. */
export function sectionsOf(markdown, slugger) {
  const sections = [];
  const rows = new Set();
  let current;
  let fenced = false;
  let table;
  for (const line of markdown.split('\n')) {
    if (/^ *```/.test(line)) fenced = !fenced;
    const heading = fenced ? undefined : /^(#{1,6}) (.*)$/.exec(line)?.[2];
    const cell = fenced ? undefined : /^\| ([^|]*?) *\|/.exec(line)?.[1];
    table = cell === undefined ? undefined : (table ?? cell);
    const row = table !== undefined && namesRows(table) ? rowName(cell) : undefined;
    if (heading !== undefined) {
      // As TypeDoc makes anchors, of plain text alone.
      const anchor = slugger.slug(heading.replace(/`[^`]*`/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
      current = { name: heading.replace(/[`*]/g, ''), anchor, text: '' };
      sections.push(current);
    } else if (row !== undefined && !rows.has(row)) {
      rows.add(row);
      sections.push({ name: row, anchor: row, text: line });
    } else if (current !== undefined) {
      current.text += `${line}\n`;
    }
  }
  return sections;
}
