/**
 * The words that synthetic papers are made of: one vocabulary a MAG field and a MeSH area, in label order, and what all
 * papers share. Order matters: earlier words are drawn more often.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Vocabularies of the 19 MAG fields. */
export const fieldVocabularies: readonly (readonly string[])[] = [
  // Art
  words(`painting sculpture aesthetic gallery artist canvas museum portrait baroque fresco pigment composer opera
    melody choreography theatre poetics novel narrative sonnet metaphor drama avant-garde modernism renaissance
    cinema montage photography exhibition curator ornament mosaic ceramics engraving patron landscape surrealism
    cubism orchestra symphony tonality rhythm performance installation calligraphy`),
  // Biology
  words(`gene protein genome species cell mutation expression transcription evolution phylogeny enzyme plasmid
    chromosome bacteria mitochondria promoter allele homology ribosome chloroplast larvae predator symbiosis embryo
    meiosis fungus operon cytoplasm taxonomy morphology pollinator arthropod lineage selection nematode yeast
    zebrafish drosophila proteome metabolite receptor codon heterozygosity biosynthesis phenotype`),
  // Business
  words(`firm marketing customer brand management retail supplier stakeholder leadership entrepreneur innovation
    outsourcing accounting auditing governance employee franchise procurement logistics merchandise advertising
    shareholder disclosure venture competitiveness profitability turnover loyalty inventory salesperson negotiation
    reputation consultancy startup corporate manager benchmarking workforce satisfaction merger acquisition
    sponsorship hospitality tourism e-commerce`),
  // Chemistry
  words(`catalyst synthesis ligand polymer solvent oxidation reagent spectroscopy chromatography molecule hydrolysis
    complexation palladium electrolyte aromatic chirality titration crystallization adsorption ester ketone amine
    alkene photolysis isomer monomer electrophile nucleophile acetate chloride sulfate hydroxide nitrile zeolite
    colloid micelle surfactant distillation stoichiometry enantiomer heterocycle aldehyde cyclization bromide
    voltammetry`),
  // Computer science
  words(`algorithm network software query parsing compiler classifier encryption database scheduling cache routing
    semantics ontology crawler middleware bandwidth authentication clustering retrieval annotation kernel multicore
    virtualization debugging protocol latency graph indexing recommender segmentation tracking rendering
    concurrency hashing malware cloud crowdsourcing embedding backpropagation verification programmer interface
    wireless peer-to-peer`),
  // Economics
  words(`inflation monetary labor wage unemployment market price demand equilibrium tax fiscal trade tariff
    elasticity household consumption investment interest currency exchange welfare inequality subsidy monopoly
    oligopoly auction liquidity asset bond volatility macroeconomic recession growth productivity externality
    budget pension mortgage credit banking panel instrument utility arbitrage deficit`),
  // Engineering
  words(`bridge turbine actuator beam concrete vibration controller torque combustion welding hydraulic structural
    fatigue motor converter voltage inverter robot manipulator aircraft wing airfoil pump valve bearing gearbox
    piston chassis pavement girder reinforcement drilling pipeline sensor antenna transformer grid load machining
    tolerance damping boiler propulsion tunnel foundation`),
  // Environmental science
  words(`pollution wastewater emission ecosystem biodiversity habitat wetland nitrogen phosphorus sewage runoff
    contamination pesticide sediment aerosol greenhouse carbon sustainability recycling landfill composting
    reforestation watershed eutrophication algae groundwater effluent ozone deforestation conservation soil
    fertilizer remediation biomass estuary particulate mercury leachate irrigation drought restoration invasive
    stormwater turbidity decomposition`),
  // Geography
  words(`urban spatial region migration settlement mapping city neighborhood land-use cartography rural transport
    commuting housing suburb zoning census border place mobility gentrification metropolitan accessibility
    geovisualization remote-sensing landscape-change planning territory peri-urban street district corridor
    household-location tourism-flow periphery walkability demography infrastructure diaspora toponym raster
    polygon geocoding hinterland agglomeration`),
  // Geology
  words(`fault seismic basin tectonic sediment-core magma volcanic stratigraphy mineral earthquake lithosphere mantle
    subduction granite basalt zircon isotope metamorphism fossil paleoclimate erosion glacier limestone sandstone
    shale crust orogeny fracture aquifer quartz feldspar ophiolite rift delta paleomagnetism cretaceous jurassic
    holocene pleistocene moraine turbidite hydrothermal porphyry gravity-anomaly borehole`),
  // History
  words(`empire colonial medieval archive revolution monarchy dynasty manuscript peasant nobility church crusade
    treaty merchant guild slavery abolition republic war soldier diplomacy nationalism historiography chronicle
    parliament reformation enlightenment industrialization pilgrimage inscription excavation antiquity roman
    byzantine ottoman victorian imperialism missionary frontier plantation armistice exile memoir testimony
    commemoration`),
  // Materials science
  words(`alloy nanoparticle composite coating graphene thin-film microstructure annealing hardness ceramic sintering
    grain ductility corrosion nanowire nanotube perovskite steel titanium aluminum crystal substrate deposition
    sputtering epitaxy dislocation toughness fiber resin laminate porosity dielectric ferroelectric piezoelectric
    semiconductor electrode battery anode cathode wear creep precipitate martensite diffraction polymerization`),
  // Mathematics
  words(`theorem proof manifold algebra operator convergence polynomial integral differential matrix eigenvalue
    topology group ring homomorphism lattice cohomology category functor bound inequality convex metric norm
    measure martingale stochastic asymptotic boundary-value elliptic hyperbolic nonlinear fixed-point combinatorial
    graph-coloring prime modular conjecture lemma banach hilbert symmetric singularity curvature bifurcation`),
  // Medicine
  words(`patient clinical surgery diagnosis therapy hospital trial dose symptom nurse infection antibiotic anesthesia
    mortality prognosis biopsy radiography ultrasound incision postoperative transplant pediatric obstetric vaccine
    ward emergency triage prescription placebo cohort morbidity catheter physician screening recurrence resection
    rehabilitation lesion laparoscopic sepsis wound pharmacist admission follow-up contraindication`),
  // Philosophy
  words(`epistemology ontology-of-mind ethics metaphysics moral reason argument logic virtue truth knowledge belief
    justification skepticism phenomenology hermeneutics utilitarian deontology kantian hegelian aristotle plato
    consciousness-debate intentionality free-will determinism realism nominalism essence existence subjectivity
    dialectic normativity rationality autonomy duty agency-theory identity-problem paradox premise syllogism
    pragmatism stoic dualism qualia`),
  // Physics
  words(`quantum particle photon laser plasma neutrino boson lattice-gauge scattering magnetic superconductivity
    entanglement spin hadron quark collider galaxy redshift cosmology dark-matter black-hole relativity supernova
    telescope optics interferometer polarization waveguide soliton phonon electron neutron decay-width symmetry-breaking
    cross-section detector turbulence vortex condensate bose-einstein fermion string gravitational radiation
    accelerator`),
  // Political science
  words(`election party voter democracy parliament-seat legislation government policy coalition ideology campaign
    constitution sovereignty citizenship lobbying bureaucracy federalism referendum diplomacy-crisis sanction
    authoritarian regime protest activism populism human-rights security terrorism peacekeeping treaty-design
    congress judiciary senate ballot partisan turnout-rate polarization-index electorate accountability corruption
    decentralization nato european-union refugee-policy statehood`),
  // Psychology
  words(`cognitive memory attention emotion personality behavior child-development perception motivation stress
    self-esteem anxiety-scale learning task-performance participant questionnaire attachment identity stereotype
    bias-effect working-memory reaction-time stimulus reinforcement-learning-task arousal mindfulness resilience
    temperament intelligence reading-ability bilingual adolescent parenting aggression empathy decision-making
    introversion coping rumination burnout well-being psychometric priming habituation`),
  // Sociology
  words(`social class gender community religion ethnicity family inequality-gap kinship education network-tie youth
    stratification racism feminism labor-movement institution norm solidarity deviance crime immigrant
    discrimination masculinity subculture modernity secularization ritual marriage divorce fertility welfare-state
    civil-society collective-action capital habitus identity-politics ethnography interview poverty homelessness
    prison surveillance consumption-culture media`),
];

/** Vocabularies of the 11 MeSH disease areas. */
export const diseaseVocabularies: readonly (readonly string[])[] = [
  // Cardiovascular diseases
  words(`coronary myocardial infarction hypertension heart ventricular atrial fibrillation stent angioplasty artery
    thrombosis aortic valve-replacement stroke-risk cardiomyopathy statin cholesterol atherosclerosis ischemia
    arrhythmia pacemaker echocardiography angina restenosis systolic diastolic ejection endothelial plaque
    revascularization warfarin embolism tachycardia troponin lipoprotein carotid aneurysm hemodynamic vasodilation`),
  // Chronic kidney disease
  words(`renal dialysis hemodialysis glomerular creatinine nephropathy kidney proteinuria filtration uremic
    erythropoietin phosphate parathyroid peritoneal allograft nephritis albuminuria tubular nephrologist anemia
    calcification vascular-access fistula cystatin podocyte nephrotic tacrolimus graft-function hyperkalemia
    acidosis interstitial oliguria sevelamer cinacalcet fibroblast-growth mesangial nephron hyperphosphatemia
    transplantation-list glomerulosclerosis`),
  // Chronic respiratory diseases
  words(`asthma pulmonary airway lung bronchial inhaled corticosteroid spirometry emphysema exacerbation wheezing
    obstructive smoking sputum eosinophil bronchodilator ventilator dyspnea cystic-fibrosis allergen tiotropium
    salmeterol forced-expiratory respiratory hypoxemia pneumonia alveolar mucus rhinitis leukotriene
    hyperresponsiveness methacholine oxygen-therapy sarcoidosis bronchiectasis inhaler tracheal surfactant-protein
    pulmonologist apnea`),
  // Diabetes mellitus
  words(`insulin glucose diabetes glycemic metformin hyperglycemia pancreatic-islet beta-cell obesity retinopathy
    hemoglobin-a1c hypoglycemia adiponectin glucagon fasting pump-therapy neuropathy foot-ulcer autoantibody
    gestational pioglitazone triglyceride insulin-resistance adipose leptin sulfonylurea postprandial ketoacidosis
    incretin exenatide body-mass waist-circumference glargine c-peptide islet-transplant polyuria sitagliptin
    glucometer prediabetes dyslipidemia`),
  // Digestive diseases
  words(`gastric colitis crohn bowel liver-cirrhosis helicobacter ulcer esophageal reflux endoscopy colonoscopy
    pancreatitis intestinal hepatic bile gallstone mucosal celiac gluten diarrhea constipation polyp duodenal
    probiotic infliximab fistulizing portal-hypertension ascites dyspepsia peristalsis sphincter cholecystectomy
    steatohepatitis varices gastritis motility ileal rectal microbiota omeprazole`),
  // HIV/AIDS
  words(`hiv antiretroviral viral-load cd4 aids seropositive seroconversion lentivirus envelope-glycoprotein
    reverse-transcriptase protease-inhibitor adherence-counseling condom needle-exchange men-who-have-sex
    opportunistic tuberculosis-coinfection transmission mother-to-child integrase viremia latency-reservoir
    tropism neutralizing zidovudine lamivudine efavirenz nevirapine pre-exposure-prophylaxis microbicide
    retrovirus capsid kaposi stigma-scale lymphadenopathy ccr5 tenofovir immunodeficiency sub-saharan circumcision`),
  // Hepatitis A/B/C/E
  words(`hepatitis hbv hcv interferon ribavirin hepatocellular surface-antigen genotype viral-hepatitis
    seroprevalence liver-fibrosis pegylated sofosbuvir hbsag hepatocyte aminotransferase core-protein vaccination-coverage
    blood-donor transfusion chronic-carrier e-antigen quasispecies replicon hepadnavirus decompensated
    fibroscan sustained-response hepatitis-e fulminant entecavir adefovir virion anti-hcv perinatal-infection
    jaundice viral-clearance ns5b flavivirus hepatotropic`),
  // Mental disorders
  words(`depression schizophrenia anxiety bipolar psychiatric antidepressant antipsychotic psychosis suicide mood
    autism attention-deficit hyperactivity cognitive-therapy psychotherapy addiction alcohol-dependence
    hallucination delusion panic obsessive-compulsive trauma posttraumatic eating-disorder anorexia serotonin
    lithium olanzapine psychopathology comorbid-depression relapse phobia insomnia dissociation self-harm
    schizotypal remission-rate fluoxetine craving mania`),
  // Musculoskeletal disorders
  words(`bone osteoporosis fracture-healing arthritis cartilage joint knee hip spine rheumatoid muscle tendon
    osteoarthritis synovial vertebral arthroplasty femoral lumbar back-pain fibromyalgia ligament-injury meniscus
    osteoclast osteoblast bisphosphonate scoliosis gout myopathy rotator-cuff tibia mineral-density methotrexate
    dystrophy-muscular collagen cervical-disc prosthesis gait sarcopenia ankylosing-spondylitis chondrocyte`),
  // Neoplasms (cancer)
  words(`tumor carcinoma cancer metastasis chemotherapy breast-cancer oncogene radiotherapy melanoma lymphoma
    leukemia prostate malignant p53 angiogenesis apoptosis survival-curve adenocarcinoma glioma tamoxifen cisplatin
    mastectomy her2 sarcoma oncologist proliferation lymph-node brachytherapy microarray-signature paclitaxel
    xenograft invasion colorectal ovarian thyroid-nodule neuroblastoma kras methylation-marker staging cytotoxic`),
  // Neurological disorders
  words(`epilepsy parkinson alzheimer dementia seizure multiple-sclerosis neurodegeneration migraine dopamine amyloid
    tau hippocampus neuron cortical stroke-rehabilitation demyelination ataxia tremor levodopa deep-brain-stimulation
    electroencephalography huntington amyotrophic motor-neuron spinal-cord neuropathic glial synapse cerebellar
    dystonia encephalopathy concussion substantia-nigra memantine cerebrospinal aphasia myelin huntingtin
    neuroimaging prion`),
];

/** First parts of the compound terms that tell subtopics apart. */
export const termPrefixes: readonly string[] = words(`micro nano hyper multi cross sub meta inter intra poly bio proto
  semi ultra quasi trans macro mono auto retro co para iso neo geo photo thermo hydro electro aero cryo pan tri
  hetero homo pseudo infra supra mega allo`);

/** Adjectives and nouns that papers of all fields share. */
export const academicWords: readonly string[] = words(`significant novel robust empirical theoretical systematic
  comparative quantitative qualitative preliminary efficient reliable complex dynamic general specific optimal
  relevant consistent potential framework approach model method analysis evaluation assessment mechanism pattern
  factor structure process outcome strategy variation design system context perspective level role effect influence
  relationship change response performance measure review survey evidence`);
