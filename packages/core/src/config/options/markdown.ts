import { OPTION_SECTIONS } from './catalogue.js';
import type { ConfigOption } from './option.js';

const KINDS: Readonly<Record<ConfigOption['kind'], string>> = {
  string: 'text',
  path: 'path',
  integer: 'number',
  flag: '0 or 1',
  memoryMib: 'MiB',
  action: 'action',
  choice: 'word',
  list: 'list',
  stringOrList: 'text or list',
  cpuList: 'text or list',
};

const HEADINGS = ['option', 'of', 'guests', 'value', 'here', 'sets'];

function cells({ name, era, guests, kind, status, description, replacedBy }: ConfigOption): string[] {
  const text = replacedBy === undefined ? description : `${description}; today: \`${replacedBy}\``;
  return [
    `\`${name}\``,
    era === 'both' ? 'xm, xl' : era,
    guests.length === 3 ? 'all' : guests.join(', '),
    KINDS[kind],
    status === 'used' ? 'used' : '',
    text.replaceAll('|', '\\|'),
  ];
}

/** A Markdown table, its columns padded as prettier pads them: to three characters at least. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], fill = ' '): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |\n`;
  return line(HEADINGS) + line([], '-') + rows.map((row) => line(row)).join('');
}

/** The catalogue as Markdown: a heading and a table for each section. */
export function optionsAsMarkdown(): string {
  return OPTION_SECTIONS.map(({ title, options }) => `### ${title}\n\n${table(options.map(cells))}`).join('\n');
}
