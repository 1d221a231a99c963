import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSTANTS, FUNCTIONS, HEADERS, OPTIONAL_CONSTANTS, OPTIONAL_FUNCTIONS, STRUCTS } from './wanted.mjs';

/**
 * Asks the compiler what the headers in a directory say.
 *
 * The program is C++ because only there can a function's argument types be taken apart; the headers are C.
 * @param {string} includes - the directory that has xenctrl.h
 * @returns {{ constants: Record<string, number>, structs: Record<string, object>, functions: Record<string, string> }}
 */
export function probe(includes) {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-abi-'));
  try {
    const source = join(directory, 'probe.cc');
    const program = join(directory, 'probe');
    const headers = ['xenctrl.h', 'xenguest.h'].map((name) => readFileSync(join(includes, name), 'utf8'));
    const withoutComments = headers.join('\n').replaceAll(/\/\*.*?\*\//gs, '');
    writeFileSync(source, programText(withoutComments));
    const flags = ['-std=gnu++17', '-fpermissive', '-w', '-I', includes];
    execFileSync('g++', [...flags, '-o', program, source], { stdio: ['ignore', 'inherit', 'inherit'] });
    return JSON.parse(execFileSync(program, { encoding: 'utf8' }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function programText(declared) {
  const constants = [
    ...Object.entries(CONSTANTS).map(
      ([name, expression]) => `  constant("${name}", (unsigned long long)(${expression}));`,
    ),
    ...Object.entries(OPTIONAL_CONSTANTS).map(
      ([name, macro]) => `#ifdef ${macro}\n  constant("${name}", (unsigned long long)(${macro}));\n#endif`,
    ),
  ];
  const structs = Object.entries(STRUCTS).flatMap(([name, { type, fields }]) => [
    `  open("${name}", sizeof(${type}));`,
    ...fields.map((field) => `  field("${field}", offsetof(${type}, ${field}), sizeof(((${type} *)0)->${field}));`),
    '  close();',
  ]);
  const optional = OPTIONAL_FUNCTIONS.filter((name) => new RegExp(`\\b${name}\\s*\\(`).test(declared));
  const functions = [...FUNCTIONS, ...optional].map((name) => `  function("${name}", (decltype(&${name}))nullptr);`);
  return `
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>
extern "C" {
${HEADERS.map((header) => `#include <${header}>`).join('\n')}
}
static const char *separator = "";
static void constant(const char *name, unsigned long long value) {
  printf("%s\\"%s\\": %llu", separator, name, value); separator = ", ";
}
static void open(const char *name, size_t size) {
  printf("%s\\"%s\\": { \\"size\\": %zu, \\"fields\\": { ", separator, name, size); separator = "";
}
static void field(const char *name, size_t offset, size_t size) {
  printf("%s\\"%s\\": [%zu, %zu]", separator, name, offset, size); separator = ", ";
}
static void close() { printf(" } }"); separator = ", "; }
template <class T> std::string word() {
  if (std::is_void_v<T>) return "void";
  if (std::is_pointer_v<T>) return "pointer";
  if constexpr (std::is_enum_v<T>) return word<std::underlying_type_t<T>>();
  else return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(sizeof(T) * 8);
}
template <> std::string word<void>() { return "void"; }
template <class R, class... A> void function(const char *name, R (*)(A...)) {
  std::string list;
  ((list += (list.empty() ? "" : ",") + word<A>()), ...);
  printf("%s\\"%s\\": \\"%s(%s)\\"", separator, name, word<R>().c_str(), list.c_str()); separator = ", ";
}
int main() {
  printf("{ \\"constants\\": { ");
${constants.join('\n')}
  printf(" }, \\"structs\\": { "); separator = "";
${structs.join('\n')}
  printf(" }, \\"functions\\": { "); separator = "";
${functions.join('\n')}
  printf(" } }\\n");
}
`;
}
