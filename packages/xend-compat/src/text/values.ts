import type { ConfigValue, Settings } from '@xen-image/core';
import type { Json } from '../dictionary/input.js';

/** A value of a configuration text as Python had it: numbers and texts stay what they are. */
export function toJson(value: ConfigValue): Json {
  switch (value.kind) {
    case 'none':
      return null;
    case 'number':
      return value.value;
    case 'string':
      return value.text;
    case 'list':
      return value.items.map(toJson);
  }
}

/** A setting as Python had it; what xm took for granted where the text says nothing, or `None`. */
export function settingOr(settings: Settings, key: string, absent: Json): Json {
  const value = settings.value(key);
  return value === undefined ? absent : toJson(value);
}
