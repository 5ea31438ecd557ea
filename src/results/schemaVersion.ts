/** Version of the record's form. It rises whenever an older reader would misread a newer record. */
export const schemaVersion = 2;
