/** MAG level-0 fields of study, in label order. */
export const magClassNames: readonly string[] = [
  "Art",
  "Biology",
  "Business",
  "Chemistry",
  "Computer science",
  "Economics",
  "Engineering",
  "Environmental science",
  "Geography",
  "Geology",
  "History",
  "Materials science",
  "Mathematics",
  "Medicine",
  "Philosophy",
  "Physics",
  "Political science",
  "Psychology",
  "Sociology",
];

/** MeSH disease areas, in label order. */
export const meshClassNames: readonly string[] = [
  "Cardiovascular diseases",
  "Chronic kidney disease",
  "Chronic respiratory diseases",
  "Diabetes mellitus",
  "Digestive diseases",
  "HIV/AIDS",
  "Hepatitis A/B/C/E",
  "Mental disorders",
  "Musculoskeletal disorders",
  "Neoplasms (cancer)",
  "Neurological disorders",
];
