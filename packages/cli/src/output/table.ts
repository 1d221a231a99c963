import Table from 'cli-table3';

/** Nothing drawn: columns alone, two blanks apart. */
const NO_LINES = {
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

/** How columns are set. A head is a first row. */
export interface TableOptions {
  /** Left where not given. */
  readonly align?: readonly ('left' | 'right')[];
  readonly indent?: string;
}

/** Rows as aligned lines. Texts must have been made visible before; colours are passed over in the widths. */
export function tableLines(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    chars: NO_LINES,
    colAligns: [...(options.align ?? [])],
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  const indent = options.indent ?? '';
  return table
    .toString()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd());
}
