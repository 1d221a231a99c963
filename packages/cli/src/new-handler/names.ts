import { XenImageError } from '@xen-image/core';

/** What a new handler's package is called, and what its guests are. */
export interface HandlerNames {
  /** The package's name. */
  readonly name: string;
  /** The directory's name: the package's without its scope. */
  readonly folder: string;
  readonly imageType: string;
}

const PACKAGE = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;
const TYPE = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

/** `unikernel` of `@acme/xen-image-handler-unikernel`. */
function typeOf(folder: string): string {
  return folder.replace(/^.*handler-(?=.)/, '');
}

/**
 * Names for a new handler.
 *
 * @param type - of the guests; told from the package's name where not given
 * @throws XenImageError `NEW_HANDLER_NAME` for what npm or a configuration would not take
 */
export function handlerNames(name: string, type?: string): HandlerNames {
  const fail = (what: string): never => {
    throw new XenImageError('NEW_HANDLER_NAME', what, {
      hint: 'Take a name as npm has them, such as acme-handler-unikernel; the type is what follows "handler-", or --type.',
    });
  };
  if (!PACKAGE.test(name) || name.length > 214) fail(`${JSON.stringify(name)} cannot be the name of a package`);
  const folder = name.slice(name.indexOf('/') + 1);
  const imageType = type ?? typeOf(folder);
  if (!TYPE.test(imageType)) fail(`${JSON.stringify(imageType)} cannot be a type of guest`);
  return { name, folder, imageType };
}
