/** The scope of a reader whose change tracking covers its whole resource at once, as a drive's does. */
export const WHOLE_SCOPE = 'root';
