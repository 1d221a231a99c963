/** How columns are set. A head is a first row. */
export interface TableOptions {
  /** Left where not given. */
  readonly align?: readonly ('left' | 'right')[];
  readonly indent?: string;
}

const GAP = '  ';
const ASCII = /^[\x20-\x7e]*$/;
/** Marks that stand on the character before them. */
const COMBINING = /\p{M}/gu;
/** Characters that take two columns: those of East Asian scripts in their wide forms, and pictures. */
const WIDE =
  /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/gu;

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Columns that a text takes on a terminal. It must have been made visible before, and hold no colours. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  const base = text.replace(COMBINING, '');
  const points = base.length - (base.match(PAIR)?.length ?? 0);
  return points + (base.match(WIDE)?.length ?? 0);
}

/** Rows as aligned lines, columns two blanks apart and as wide as their widest cell. */
export function tableLines(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { align = [], indent = '' } = options;
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, textWidth(cell))));
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const blanks = ' '.repeat((widths[column] ?? 0) - textWidth(cell));
      return align[column] === 'right' ? blanks + cell : cell + blanks;
    });
    return `${indent}${cells.join(GAP)}`.trimEnd();
  });
}
