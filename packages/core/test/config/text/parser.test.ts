import { describe, expect, it } from '@jest/globals';
import type { XenImageError } from '../../../src/errors.js';
import { parseConfigText } from '../../../src/config/text/index.js';
import { read, refusalOf, type Plain } from './helpers.js';

function refusal(text: string): XenImageError {
  return refusalOf(() => parseConfigText(text, { file: 'guest.cfg' }));
}

/** `line:column code`, as short as a table wants it. */
function where(error: XenImageError): string {
  return `${String(error.position?.line)}:${String(error.position?.column)} ${error.code}`;
}

describe('parseConfigText', () => {
  describe('reads', () => {
    const accepted: [what: string, text: string, settings: Record<string, Plain>][] = [
      ['nothing', '', {}],
      ['blank lines and comments alone', '\n  # nothing\n\t\n', {}],
      ['a comment at the very end', 'a = 1 # one', { a: 1 }],
      ['a byte order mark', '\ufeffa = 1\n', { a: 1 }],
      ['text in double quotes', 'name = "web"', { name: 'web' }],
      ['text in single quotes', "name = 'web'", { name: 'web' }],
      ['the other quote inside', `a = "it's"; b = 'say "x"'`, { a: "it's", b: 'say "x"' }],
      ['a # and a ; in quotes', 'extra = "a;b # c"', { extra: 'a;b # c' }],
      ['no blanks', 'a=1;b="x"', { a: 1, b: 'x' }],
      ['indented lines', '   a = 1\n\tb = 2', { a: 1, b: 2 }],
      ['several settings a line', 'name="h0"; type="hvm";', { name: 'h0', type: 'hvm' }],
      ['empty settings', ';;\n;a = 1;;\n', { a: 1 }],
      ['line ends of DOS', 'a = 1\r\nb = [\r\n 2,\r\n]\r\n', { a: 1, b: [2] }],
      ['line ends of old Macs', 'a = 1 # one\rb = 2\r', { a: 1, b: 2 }],
      ['decimal', 'a = 512', { a: 512 }],
      ['hexadecimal', 'a = 0x1F', { a: 31 }],
      ['octal, by a leading 0', 'a = 010', { a: 8 }],
      ['zero', 'a = 0; b = 00', { a: 0, b: 0 }],
      ['a negative number', 'rtc_timeoffset = -3600', { rtc_timeoffset: -3600 }],
      ['negative zero as zero', 'a = -0', { a: 0 }],
      ['the largest exact number', 'a = 9007199254740991', { a: 9007199254740991 }],
      ['the words of Python', 'a = True\nb = False\nc = None', { a: 1, b: 0, c: null }],
      ['digits with letters as xl does', 'a = 12ab; b = 1e9', { a: '12ab', b: '1e9' }],
      ['upper case and _ in keys', 'Memory = 1\n_x.y = 2', { Memory: 1, '_x.y': 2 }],
      ['an empty list', 'vif = []\ndisk = [\n\n]', { vif: [], disk: [] }],
      ['a list', 'vif = [ \'a\', "b", 3 ]', { vif: ['a', 'b', 3] }],
      ['a trailing comma', "vif = [ 'a', ]", { vif: ['a'] }],
      [
        'a list over lines, with comments',
        'a = [ # first\n  1, # one\n\n  2\n  , 3,\n] # end\nb = 1',
        { a: [1, 2, 3], b: 1 },
      ],
      ['nested lists', "vnuma = [ [ 'pnode=0', 'size=512' ], [] ]", { vnuma: [['pnode=0', 'size=512'], []] }],
      ['+= on a list', 'a = [1]\na += [2, 3]\na += [\n4]', { a: [1, 2, 3, 4] }],
      ['+= on text', 'extra = "a"; extra += " b"', { extra: 'a b' }],
      ['+= without an earlier value', 'a += ["x"]', { a: ['x'] }],
      ['+= after None', 'a = None; a += ["x"]', { a: ['x'] }],
      ['the last of two values', 'a = 1\na = "x"', { a: 'x' }],
      ['escapes', String.raw`a = "\\ \' \" \a\b\f\n\r\t\v"`, { a: '\\ \' " \x07\b\f\n\r\t\v' }],
      ['hexadecimal and octal escapes', String.raw`a = "\x41\102\7\x1b"`, { a: 'AB\x07\x1b' }],
      ['escaped bytes of UTF-8', String.raw`a = "caf\xc3\xa9 \303\244"`, { a: 'café ä' }],
      ['an escaped line end', 'a = "one \\\ntwo \\\r\nthree"', { a: 'one two three' }],
      ['text that is not ASCII', 'name = "ゲスト–é"', { name: 'ゲスト–é' }],
      ['empty text', `a = ""; b = ''`, { a: '', b: '' }],
    ];
    it.each(accepted)('%s', (_what, text, settings) => {
      expect(read(text)).toEqual(settings);
    });

    it('settings in the order in which keys first appear', () => {
      expect([...parseConfigText('b = 1; a = 2; b = 3').settings.keys()]).toEqual(['b', 'a']);
    });

    it('how a value was spelled', () => {
      const { settings } = parseConfigText(`a = 0x10; b = "x"; c = 'y'; d = -010`);
      expect(settings.get('a')?.value).toMatchObject({ text: '0x10', value: 16 });
      expect(settings.get('b')?.value).toMatchObject({ quote: '"', verbatim: true });
      expect(settings.get('c')?.value).toMatchObject({ quote: "'" });
      expect(settings.get('d')?.value).toMatchObject({ text: '-010', value: -8 });
    });
  });

  describe('knows where things stand', () => {
    it('keys, values and members of lists', () => {
      const { settings } = parseConfigText("# a guest\n  disk = [ 'phy:/a,hda,w',\n           'b' ]\n", {
        file: 'g.cfg',
      });
      const disk = settings.get('disk');
      expect(disk?.position).toEqual({ line: 2, column: 3, file: 'g.cfg' });
      expect(disk?.value.position).toEqual({ line: 2, column: 10, file: 'g.cfg' });
      expect(disk?.value).toMatchObject({
        items: [{ position: { line: 2, column: 12 } }, { position: { line: 3, column: 12 } }],
      });
    });

    it('members that += added', () => {
      const { settings } = parseConfigText('a = ["x"]\na += [\n "y" ]');
      expect(settings.get('a')).toMatchObject({
        position: { line: 1, column: 1 },
        value: { items: [{ position: { line: 1, column: 6 } }, { position: { line: 3, column: 2 } }] },
      });
    });

    it('after a string over two lines', () => {
      expect(parseConfigText('a = "x\\\ny"; b = 1').settings.get('b')?.position).toEqual({ line: 2, column: 5 });
    });
  });

  describe('warns', () => {
    it('of a key that is set again, once a key', () => {
      const { warnings } = parseConfigText('a = 1\na = 2\nb = 1\na = 3\n', { file: 'g.cfg' });
      expect(warnings).toEqual([
        expect.objectContaining({
          severity: 'warning',
          code: 'CONFIG_DUPLICATE_KEY',
          message: '`a` is set 3 times; the last one counts',
          position: { line: 4, column: 1, file: 'g.cfg' },
          keys: ['a'],
        }),
      ]);
    });

    it('of text without quotes', () => {
      expect(parseConfigText('uuid = 12ab').warnings).toEqual([
        expect.objectContaining({ code: 'CONFIG_UNQUOTED_TEXT', position: { line: 1, column: 8 } }),
      ]);
    });

    it('of nothing where += adds', () => {
      expect(parseConfigText('a = [1]; a += [2]').warnings).toEqual([]);
    });
  });

  describe('refuses', () => {
    const refused: [text: string, where: string, message: RegExp][] = [
      ['memory =\n', '1:9 CONFIG_SYNTAX', /value is missing/],
      ['memory = ;', '1:10 CONFIG_SYNTAX', /value is missing/],
      ['a = [\n1', '2:2 CONFIG_SYNTAX', /list that begins at line 1, column 5 is not closed before the end/],
      ['a = [ "x"\nname = "y"', '2:1 CONFIG_SYNTAX', /not closed before the setting `name`/],
      ['a = [1;]', '1:7 CONFIG_SYNTAX', /not closed before ;/],
      ['a = [,]', '1:6 CONFIG_SYNTAX', /a value was expected, not ,/],
      ['a = [1,,2]', '1:8 CONFIG_SYNTAX', /a value was expected, not ,/],
      ["a = ['x' 'y']", '1:10 CONFIG_SYNTAX', /, or \] was expected, not text in quotes/],
      ['a = [1 b]', '1:8 CONFIG_SYNTAX', /, or \] was expected, not b/],
      ['a = 1]', '1:6 CONFIG_SYNTAX', /not \]/],
      ['a = "x" "y"', '1:9 CONFIG_SYNTAX', /the end of the line was expected, not text in quotes/],
      ['a = 1, 2', '1:6 CONFIG_SYNTAX', /not ,/],
      ['a = 512 MB', '1:9 CONFIG_SYNTAX', /not MB/],
      ['a = 512MB', '1:5 CONFIG_SYNTAX', /512MB is no number/],
      ['a = 1.5', '1:5 CONFIG_SYNTAX', /fraction/],
      ['a = 192.168.0.1', '1:5 CONFIG_SYNTAX', /no number/],
      ['a = 08', '1:5 CONFIG_SYNTAX', /octal/],
      ['a = 512L', '1:5 CONFIG_SYNTAX', /long numbers/],
      ['a = 9007199254740992', '1:5 CONFIG_SYNTAX', /too large/],
      ['a = NaN', '1:5 CONFIG_SYNTAX', /NaN is neither a number nor in quotes/],
      ['a = Infinity', '1:5 CONFIG_SYNTAX', /neither a number/],
      ['a = true', '1:5 CONFIG_SYNTAX', /true is neither/],
      ['a = web', '1:5 CONFIG_SYNTAX', /web is neither/],
      ['a == 1', '1:4 CONFIG_SYNTAX', /== compares/],
      ['a = = 1', '1:5 CONFIG_SYNTAX', /== compares/],
      ['a: 1', '1:2 CONFIG_SYNTAX', /= was expected after `a`, not :/],
      ['a 1', '1:3 CONFIG_SYNTAX', /= was expected/],
      ['a', '1:2 CONFIG_SYNTAX', /not the end of the text/],
      ['= 1', '1:1 CONFIG_SYNTAX', /cannot begin with =/],
      ['"a" = 1', '1:1 CONFIG_SYNTAX', /cannot begin with text in quotes/],
      ['1 = 1', '1:1 CONFIG_SYNTAX', /cannot begin with 1/],
      ['a = "x', '1:5 CONFIG_SYNTAX', /not closed on its line/],
      ["a = 'x\ny'", '1:5 CONFIG_SYNTAX', /not closed on its line/],
      ['a = "x\\', '1:5 CONFIG_SYNTAX', /not closed/],
      ['\n a = "C:\\dir"', '2:9 CONFIG_SYNTAX', /\\d is no escape/],
      ['a = "\\\n \\d"', '2:2 CONFIG_SYNTAX', /\\d is no escape/],
      ['a = "\\x1"', '1:6 CONFIG_SYNTAX', /two hexadecimal digits/],
      ['a = "x\\0"', '1:7 CONFIG_SYNTAX', /NUL/],
      ['a = "\\x00"', '1:6 CONFIG_SYNTAX', /NUL/],
      ['a = "\\777"', '1:6 CONFIG_SYNTAX', /at most \\377/],
      ['a = "\\xff"', '1:6 CONFIG_SYNTAX', /not UTF-8/],
      ['a = “x”', '1:5 CONFIG_SYNTAX', /a value was expected/],
      ['a = [1]\na += "x"', '2:3 CONFIG_SYNTAX', /cannot add text to a list/],
      ['a = "x"\na += [1]', '2:3 CONFIG_SYNTAX', /cannot add a list to text/],
      ['a = 1\na += 2', '2:3 CONFIG_SYNTAX', /cannot add a number to a number/],
      ['a += 2', '1:3 CONFIG_SYNTAX', /not numbers/],
      ['{ "name": "x" }', '1:1 CONFIG_SYNTAX', /JSON/],
      ['<domain>', '1:1 CONFIG_SYNTAX', /XML/],
      ['(vm (name x))', '1:1 CONFIG_SYNTAX', /SXP/],
      ['a = \u00a01', '1:5 CONFIG_SYNTAX', /a value was expected/],
      ['x'.repeat(300) + ' = 1', '1:1 CONFIG_SYNTAX', /more than 256/],
      ['a = ' + '9'.repeat(300), '1:5 CONFIG_SYNTAX', /more than 256/],
      ['a = ' + '['.repeat(65) + ']'.repeat(65), '1:69 CONFIG_SYNTAX', /64 deep/],
    ];
    it.each(refused)('%j at %s', (text, place, message) => {
      const error = refusal(text);
      expect(where(error)).toBe(place);
      expect(error.message).toMatch(message);
      expect(error.phase).toBe('config');
      expect(error.position?.file).toBe('guest.cfg');
      expect(error.message).not.toContain('\n');
    });

    it('with the line and a caret under the place', () => {
      expect(refusal('name = "x"\n\tmemory = 1.5\nvcpus = 1').said).toEqual([' memory = 1.5', '          ^']);
    });

    it.each(['vncpasswd = "s3cret', 'vfb = [ "vnc=1,vncpasswd=s3cret" ! ]', "vncpasswd : 's3cret'"])(
      'without a password that stands there: %s',
      (line) => {
        const { said } = refusal(line);
        expect(said?.[0]).toHaveLength(line.length);
        expect(said?.join('')).toMatch(/passwd.*\*{3}/);
        expect(said?.join('')).not.toMatch(/s3c|ret/);
      },
    );

    it('with a piece of a very long line', () => {
      const { said, position } = refusal(`a = [ ${'1, '.repeat(100_000)} ! ]`);
      expect(position?.column).toBe(300_008);
      expect(said?.[0]?.length).toBeLessThanOrEqual(100);
      expect(said?.[0]?.charAt((said[1]?.length ?? 0) - 1)).toBe('!');
    });
  });

  describe('refuses what only Python could run', () => {
    const python: [text: string, where: string, what: string][] = [
      ['import os, re', '1:1', 'the statement `import`'],
      ['from x import y', '1:1', 'the statement `from`'],
      ['def f():\n  return 1', '1:1', 'the statement `def`'],
      ['a = 1\nif a == 1:\n  b = 2', '2:1', 'the statement `if`'],
      ['for i in range(3):', '1:1', 'the statement `for`'],
      ['print "hello"', '1:1', 'the statement `print`'],
      ['try:', '1:1', 'the statement `try`'],
      ['while True: pass', '1:1', 'the statement `while`'],
      ['os.system("rm -rf /")', '1:1', 'the call of `os.system`'],
      ['x[0] = 1', '1:1', 'an index into `x`'],
      ['a, b = 1, 2', '1:1', 'an assignment to several names'],
      ['@wrap', '1:1', 'a decorator'],
      ['(a, b) = (1, 2)', '1:1', 'an expression in parentheses'],
      ['arch = os.uname()[4]', '1:8', 'the call of `os.uname`'],
      ['a = os.name', '1:5', 'the attribute `os.name`'],
      ['a = xs[0]', '1:5', 'an index into `xs`'],
      ['vmid = 3\nname = vmid', '2:8', 'the value of another setting, `vmid`'],
      ['name = "vm%d" % 3', '1:15', 'the operator %'],
      ['a = "a" + "b"', '1:9', 'the operator +'],
      ['a = 2 * 512', '1:7', 'the operator *'],
      ['a = 5-3', '1:6', 'the operator -'],
      ['a = 1024 / 2', '1:10', 'the operator /'],
      ['a = 1 < 2', '1:7', 'a comparison'],
      ['a = "x".upper()', '1:8', 'an attribute'],
      ['a = "abc"[0]', '1:10', 'an index'],
      ['a = 1 if b else 2', '1:7', 'the operator `if`'],
      ['a = "x" or "y"', '1:9', 'the operator `or`'],
      ['a = not b', '1:5', 'the operator `not`'],
      ['a = -b', '1:5', 'the operator -'],
      ['a = f"x{y}"', '1:5', 'a formatted string'],
      ["a = r'x'", '1:5', 'a string with the prefix `r`'],
      ["a = u'x", '1:5', 'a string with the prefix `u`'],
      ['a = """x\ny"""', '1:5', 'a triple-quoted string'],
      ["a = '''x'''", '1:5', 'a triple-quoted string'],
      ['a = ("x")', '1:5', 'an expression in parentheses'],
      ['a = { "x": 1 }', '1:5', 'a dictionary'],
      ['disk = [ "phy:" + x ]', '1:17', 'the operator +'],
      ['disk = [ d for d in x ]', '1:10', 'the operator `for`'],
      ['disk = [ "x" for d in x ]', '1:14', 'the operator `for`'],
      ['vif = [ make(1) ]', '1:9', 'the call of `make`'],
      ['lambda: 1', '1:1', 'the statement `lambda`'],
    ];
    it.each(python)('%j', (text, place, what) => {
      const error = refusal(text);
      expect(where(error)).toBe(`${place} CONFIG_NEEDS_PYTHON`);
      expect(error.message).toBe(`this configuration needs Python to run: ${what}`);
      expect(error.said?.[1]).toMatch(/^ *\^$/);
    });

    it('but takes keys that only look like it', () => {
      expect(read('import = 1\nprint="x"\nfor += ["y"]')).toEqual({ import: 1, print: 'x', for: ['y'] });
    });
  });
});
