import { XenImageError, type TextPosition } from '../../errors.js';
import type { Finding } from '../../contract/profile.js';
import type { ConfigDocument, ConfigString, ConfigValue } from '../text/index.js';
import { readFlag, readInteger, readMemoryMib, readText, readTextList, readTexts } from '../text/specs/scalars.js';

/** The settings of a document by name, read by kind; what is absent or `None` is `undefined`. */
export class Settings {
  readonly findings: Finding[] = [];

  constructor(private readonly document: ConfigDocument) {}

  value(key: string): ConfigValue | undefined {
    const value = this.document.settings.get(key)?.value;
    return value?.kind === 'none' ? undefined : value;
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : readText(key, value);
  }

  /** A text for a specification's reader, with its place. */
  source(key: string): ConfigString | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (value.kind === 'string') return value;
    return { kind: 'string', text: readText(key, value), quote: '', verbatim: true, position: value.position };
  }

  flag(key: string): boolean | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : readFlag(key, value);
  }

  integer(key: string, minimum: number, maximum: number): number | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : readInteger(key, value, minimum, maximum);
  }

  memoryMib(key: string, minimum: number): number | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : readMemoryMib(key, value, minimum);
  }

  texts(key: string): readonly string[] {
    const value = this.value(key);
    return value === undefined ? [] : readTexts(key, value);
  }

  sources(key: string): readonly ConfigString[] {
    const value = this.value(key);
    return value === undefined ? [] : readTextList(key, value);
  }

  position(key: string): TextPosition | undefined {
    return this.value(key)?.position;
  }

  /** An error about a setting, with its place. */
  error(code: string, message: string, key: string, hint?: string): XenImageError {
    const position = this.position(key);
    return new XenImageError(code, message, {
      phase: 'config',
      ...(position === undefined ? {} : { position }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** Tells the operator something about a setting. */
  tell(severity: Finding['severity'], code: string, message: string, key: string, hint?: string): void {
    const position = this.position(key);
    this.findings.push({
      severity,
      code,
      message,
      ...(position === undefined ? {} : { position }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
