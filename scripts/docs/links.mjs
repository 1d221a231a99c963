// What pages link to, read from the files of a built site.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { inflateSync } from 'node:zlib';
import { Parser } from 'htmlparser2';
import { root } from '../setup.mjs';

/** Where the repository is seen from outside; links there are to files of this tree. */
const REPOSITORY = /^https:\/\/github\.com\/xen-image\/xen-image\/(?:blob|tree)\/main\/([^#]*)/;

/** A page as its file tells it: its title, headings, anchors, what it links to and what it loads. */
function readPage(path) {
  const page = { title: '', headings: 0, ids: new Set(), repeated: new Set(), links: [], loads: [], mermaid: false };
  let inTitle = false;
  const parser = new Parser({
    onopentag(name, { id, href, src, rel, class: classes = '' }) {
      if (id !== undefined) {
        if (page.ids.has(id)) page.repeated.add(id);
        page.ids.add(id);
      }
      if (name === 'title') inTitle = page.title === '';
      if (name === 'h1') page.headings += 1;
      if (name === 'a' && href !== undefined) page.links.push(href);
      if (name === 'link' && rel !== 'canonical' && href !== undefined) page.loads.push(href);
      if (src !== undefined) page.loads.push(src);
      if (name === 'code' && classes.split(' ').includes('mermaid')) page.mermaid = true;
    },
    ontext(text) {
      if (inTitle) page.title += text;
    },
    onclosetag(name) {
      if (name === 'title') inTitle = false;
    },
  });
  parser.end(readFileSync(path, 'utf8'));
  return page;
}

/** All pages of the site by their addresses. */
export function readSite(site) {
  const files = readdirSync(site, { recursive: true }).filter((file) => file.endsWith('.html'));
  return new Map(files.sort().map((file) => [file, readPage(join(site, file))]));
}

/** What TypeDoc's search and its side bar lead to: both are lists packed into a script. */
function packedLinks(site) {
  const unpack = (file) => {
    const [, packed] = /"([^"]*)"/.exec(readFileSync(join(site, 'assets', file), 'utf8'));
    return JSON.parse(inflateSync(Buffer.from(packed, 'base64')).toString());
  };
  const inTree = (nodes) => nodes.flatMap(({ path, children = [] }) => [...(path ? [path] : []), ...inTree(children)]);
  return [
    ...unpack('search.js').rows.map(({ url }) => ['the search', url]),
    ...inTree(unpack('navigation.js')).map((url) => ['the side bar', url]),
  ];
}

function deadLink(site, pages, from, href) {
  if (/^(?:mailto:|data:)/.test(href)) return undefined;
  if (/^[a-z]+:/i.test(href)) {
    const path = REPOSITORY.exec(href)?.[1];
    if (path === undefined) return undefined;
    const kept = !/(?:^|\/)(?:node_modules|dist)\//.test(path) && existsSync(join(root, decodeURI(path)));
    return kept ? undefined : 'is not in the repository';
  }
  const [path, anchor] = href.split('#');
  let file = path === '' ? from : posix.join(dirname(from), decodeURI(path));
  if (existsSync(join(site, file)) && statSync(join(site, file)).isDirectory()) file = posix.join(file, 'index.html');
  if (relative(site, join(site, file)).startsWith('..')) return 'leads out of the site';
  if (!existsSync(join(site, file))) return 'does not exist';
  if (!anchor || !pages.has(file)) return undefined;
  return pages.get(file).ids.has(decodeURIComponent(anchor)) ? undefined : 'has no such anchor';
}

/** Everything that is wrong with the site's links, titles and anchors, a line each; and how many links there are. */
export function linkProblems(site, pages) {
  const problems = [];
  let count = 0;
  const checked = (from, href) => {
    count += 1;
    const problem = deadLink(site, pages, from, href);
    if (problem !== undefined) problems.push(`${from} links to ${href}, which ${problem}`);
  };
  for (const [from, { title, headings, repeated, links, loads, mermaid }] of pages) {
    if (title.trim() === '') problems.push(`${from} has no title`);
    if (headings === 0) problems.push(`${from} has no first heading`);
    if (mermaid) problems.push(`${from} shows the source of a diagram`);
    for (const id of repeated) problems.push(`${from} has the anchor ${id} twice`);
    for (const href of links) checked(from, href);
    for (const href of loads) {
      checked(from, href);
      if (/^(?:https?:)?\/\//.test(href)) problems.push(`${from} loads ${href} from elsewhere`);
    }
  }
  for (const [from, href] of packedLinks(site)) {
    count += 1;
    const problem = deadLink(site, pages, 'index.html', href);
    if (problem !== undefined) problems.push(`${from} leads to ${href}, which ${problem}`);
  }
  return { count, problems };
}
