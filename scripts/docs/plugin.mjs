// What the site has beyond TypeDoc's own: guides and pages in groups, diagrams as pictures, rows of tables that can be
// linked to, and a search that finds sections, error codes and options.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  DocumentReflection,
  IndexEvent,
  KindRouter,
  ReflectionKind,
  Slugger,
} from 'typedoc';
import { root } from '../setup.mjs';
import { diagram } from './diagrams.mjs';
import { addressOf, groups, pages } from './pages.mjs';
import { namesRows, rowName, sectionsOf } from './sections.mjs';

const files = new Map();
const titleOf = (markdown) => /^# (.*)$/m.exec(markdown)[1].replaceAll('`', '');

/** Pages lie where their files do, under short names; sections of pages are found by the search. */
class SiteRouter extends KindRouter {
  getIdealBaseName(reflection) {
    const file = files.get(reflection);
    if (file !== undefined) return addressOf(file);
    // An entry point is named after its package, whose name need not stand there twice.
    return super
      .getIdealBaseName(reflection)
      .replace(/\/([^./]+)\.\1$/, '/$1.index')
      .replace(/\/([^./]+)\.\1(?=[._])/, '/$1');
  }

  buildPages(project) {
    const built = super.buildPages(project);
    for (const document of project.documents ?? []) {
      const markdown = readFileSync(join(root, files.get(document)), 'utf8');
      const slugger = new Slugger(this.application.options.getValue('sluggerConfiguration'));
      const [, ...sections] = sectionsOf(markdown, slugger);
      for (const { name, anchor, text } of sections) {
        const section = new DocumentReflection(name, document, [{ kind: 'text', text }], {});
        this.fullUrls.set(section, `${this.getFullUrl(document)}#${anchor}`);
        this.anchors.set(section, anchor);
      }
    }
    return built;
  }
}

/** Diagrams become pictures. A table's row is given its name for an anchor, once in a page. */
function extendMarkdown(parser) {
  const fence = parser.renderer.rules.fence;
  parser.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    // What stands behind the language is for the program that follows the guides.
    token.info = token.info.split(' ')[0];
    if (token.info === 'mermaid') return diagram(token.content);
    return fence(tokens, index, ...rest);
  };
  parser.renderer.rules.table_open = () => '<div class="table"><table>\n';
  parser.renderer.rules.table_close = () => '</table></div>\n';
  // On a phone a row is a card, in which each cell says what column it is of.
  parser.core.ruler.push('labelled-cells', ({ tokens }) => {
    let columns = [];
    let column = 0;
    tokens.forEach((token, index) => {
      if (token.type === 'table_open') columns = [];
      if (token.type === 'th_open') columns.push(tokens[index + 1].content);
      if (token.type === 'tr_open') column = 0;
      if (token.type !== 'td_open') return;
      if (column > 0) token.attrSet('data-label', columns[column]);
      column += 1;
    });
  });
  parser.core.ruler.push('named-rows', ({ tokens }) => {
    const seen = new Set();
    let named = false;
    tokens.forEach((token, index) => {
      if (token.type === 'table_open') named = namesRows(tokens[index + 4].content);
      if (!named || token.type !== 'tr_open' || tokens[index + 1].type !== 'td_open') return;
      const name = rowName(tokens[index + 2].content);
      if (name === undefined || seen.has(name)) return;
      seen.add(name);
      token.attrSet('id', name);
    });
  });
}

/** Called by TypeDoc. */
export function load(app) {
  app.renderer.defineRouter('site', SiteRouter);
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    const { options } = app;
    if (options.getValue('entryPointStrategy') !== 'packages') return;
    options.setValue('packageOptions', { ...options.getValue('packageOptions'), displayBasePath: root });
    options.setValue('markdownItLoader', extendMarkdown);
    options.setValue('router', 'site');
    options.setValue('groupOrder', [...groups, 'Packages', '*']);
    options.setValue(
      'projectDocuments',
      pages().map(({ file }) => join(root, file)),
    );
  });
  const groupOf = new Map(pages().map(({ file, group }) => [file, group]));
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const file = `${document.name}.md`;
    files.set(document, file);
    document.name = titleOf(readFileSync(join(root, file), 'utf8'));
    document.frontmatter.group = groupOf.get(file);
  });
  // Types without a name of their own have an address, and no place in a page.
  app.renderer.on(IndexEvent.PREPARE_INDEX, (event) => {
    for (let at = event.searchResults.length - 1; at >= 0; at -= 1) {
      if (event.searchResults[at].name === '__type') event.removeResult(at);
    }
  });
  // What is inherited from another package was seen in that one's build; its own page has the source.
  app.on(Application.EVENT_PROJECT_REVIVE, (project) => {
    for (const reflection of Object.values(project.reflections)) {
      reflection.sources = reflection.sources?.filter(({ fileName }) => !/\/dist\//.test(fileName));
    }
  });
  // Before the groups are made: what TypeDoc calls modules are packages here.
  app.on(Application.EVENT_PROJECT_REVIVE, (project) => {
    for (const child of project.children ?? []) {
      child.comment ??= new Comment();
      child.comment.blockTags.push(new CommentTag('@group', [{ kind: 'text', text: 'Packages' }]));
      // A package with several entry points has a module for each, named by its file.
      for (const entry of child.children ?? []) {
        if (entry.kindOf(ReflectionKind.Module)) {
          entry.name = [child.name, entry.name.replace(/^.*?src(?:\/|$)/, '')].filter(Boolean).join('/');
        }
      }
    }
  });
}
