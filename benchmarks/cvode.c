/* The shipped model (film, dose, column, plasma; one solute, one salt) in C, and SUNDIALS CVODE around it: no Python between
   the solver and the model. benchmarks/solvers.py compiles this file as a shared library, writes the problem to a binary file,
   and checks `rates` and `newton` against the JAX model before it times anything.

   Order of the state: what is constant between events, then what enters, the film, the cells from the surface down, plasma and
   what only listens to it. So everything that couples the film to the first cells lies within one place below and two above the
   diagonal, and only plasma is tied to cells far from it: the border.

   The declarations below are those of SUNDIALS 7 with doubles; the Python package that ships the library has no headers. */
#define _GNU_SOURCE                      /* dladdr */
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

/* ---- SUNDIALS ---------------------------------------------------------------------------------------------------------- */
typedef int32_t sunindex;
typedef struct vector *N_Vector;
typedef struct matrix *SUNMatrix;
typedef struct solver *SUNLinearSolver;
typedef int (*Rates)(double, N_Vector, N_Vector, void *);
typedef int (*Jacobian)(double, N_Vector, N_Vector, SUNMatrix, void *, N_Vector, N_Vector, N_Vector);
typedef int (*System)(double, N_Vector, N_Vector, SUNMatrix, int, int *, double, void *, N_Vector, N_Vector, N_Vector);
typedef int (*Prepare)(double, N_Vector, N_Vector, int, int *, double, void *);
typedef int (*Precondition)(double, N_Vector, N_Vector, N_Vector, N_Vector, double, double, int, void *);
enum { BDF = 2, NORMAL = 1, LEFT = 1 };
int SUNContext_Create(int, void **);
N_Vector N_VMake_Serial(sunindex, double *, void *);
double *N_VGetArrayPointer(N_Vector);
void N_VDestroy(N_Vector);
SUNMatrix SUNBandMatrix(sunindex, sunindex, sunindex, void *);
double *SUNBandMatrix_Column(SUNMatrix, sunindex);
void SUNMatDestroy(SUNMatrix);
SUNLinearSolver SUNLinSol_Band(N_Vector, SUNMatrix, void *);
SUNLinearSolver SUNLinSol_SPGMR(N_Vector, int, int, void *);
int SUNLinSolFree(SUNLinearSolver);
void *CVodeCreate(int, void *);
int CVodeInit(void *, Rates, double, N_Vector);
int CVodeReInit(void *, double, N_Vector);
int CVodeSVtolerances(void *, double, N_Vector);
int CVodeSetUserData(void *, void *);
int CVodeSetMaxNumSteps(void *, long);
int CVodeSetLinearSolver(void *, SUNLinearSolver, SUNMatrix);
int CVodeSetJacFn(void *, Jacobian);
int CVodeSetLinSysFn(void *, System);
int CVodeSetPreconditioner(void *, Prepare, Precondition);
int CVodeSetStopTime(void *, double);
int CVode(void *, double, N_Vector, double *, int);
int CVodeGetNumSteps(void *, long *);
int CVodeGetNumRhsEvals(void *, long *);
int CVodeGetNumLinSolvSetups(void *, long *);
void CVodeFree(void **);

/* ---- the problem, as the file holds it: doubles only ------------------------------------------------------------------- */
enum { SUPPLY, WASHED, LAID, WATER, COVERAGE, OCCLUSION, ENTERED, FILM, FIRST, PLASMA = FIRST + CELLS, ELIMINATED, UPTAKE, SIZE };
enum { WATCHED = 5 };                    /* entered, crossed, blood uptake, papillary dermis, plasma */

typedef struct {
    double link[CELLS], capacity[CELLS], clearance[CELLS], papillary[CELLS], surface;
    double water_density, water_molar_mass, standard_molality, debye_huckel, dry_factor, wet_activity, dry_activity;
    double cations, anions, cation_charge, anion_charge, beta0, beta1, pitzer_c, decay, size_parameter, corner;
    double molar_volume, smallest_volume, sensitivity;
    double volume, eliminating, free;
} Subject;

static struct { double subjects, segments, moves, outputs, first_living; } count;
static double *times, *source, *target, *fraction, *amount, *output, *size;
static Subject *subjects;

int load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return 1;
    int good = fread(&count, sizeof count, 1, file) == 1;
    size_t segments = count.segments, moves = count.moves, outputs = count.outputs;
    struct { double **to; size_t many; } parts[] = {{&times, segments + 1}, {&source, moves}, {&target, moves}, {&fraction, segments * moves},
                                                    {&amount, segments * moves}, {&output, outputs}, {&size, SIZE}};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        *parts[k].to = realloc(*parts[k].to, parts[k].many * sizeof(double));
        good &= fread(*parts[k].to, sizeof(double), parts[k].many, file) == parts[k].many;
    }
    subjects = realloc(subjects, (size_t)count.subjects * sizeof(Subject));
    good &= fread(subjects, sizeof(Subject), (size_t)count.subjects, file) == (size_t)count.subjects && fgetc(file) == EOF;
    fclose(file);
    return !good;
}

/* ---- the model --------------------------------------------------------------------------------------------------------- */
static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

static double wetness_factor(const Subject *s, const double *y) {
    double water = y[WATER] + s->smallest_volume * s->water_density, molal = y[LAID] / water, m = molal / s->standard_molality;
    double product = s->cations * s->anions, ions = s->cations + s->anions;
    double strength = (s->cations * s->cation_charge * s->cation_charge + s->anions * s->anion_charge * s->anion_charge) * m / 2;
    double root = sqrt(strength + 1e-12), field = -s->debye_huckel * root / (1 + s->size_parameter * root);
    double second = s->beta0 + s->beta1 * exp(-s->decay * root);
    double osmotic = 1 + s->cation_charge * s->anion_charge * field + m * 2 * product / ions * second
                     + m * m * 2 * product * sqrt(product) / ions * s->pitzer_c;
    double activity = exp(-s->water_molar_mass * osmotic * ions * molal);
    double dryness = (s->wet_activity - activity) / (s->wet_activity - s->dry_activity);
    double between = s->corner * (softplus(dryness / s->corner) - softplus((dryness - 1) / s->corner));
    return exp(between * (1 - y[OCCLUSION]) * s->sensitivity * log(s->dry_factor));
}

static double film_volume(const Subject *s, const double *y) {
    return y[WATER] / s->water_density + y[FILM] * s->molar_volume + s->smallest_volume;
}

static void right_hand_side(const Subject *s, const double *restrict y, double *restrict f) {
    const double *restrict u = y + FIRST;
    double drive = wetness_factor(s, y) * y[FILM] / film_volume(s, y), plasma = y[PLASMA] / s->volume, free = s->free * plasma;
    double along[CELLS + 1], from_film = s->surface * y[COVERAGE] * (drive - u[0]), from_blood = 0, eliminated = s->eliminating * plasma;
    along[0] = from_film;
    along[CELLS] = 0;
    for (int i = 1; i < CELLS; i++) along[i] = s->link[i - 1] * (u[i - 1] - u[i]);
    for (int i = 0; i < CELLS; i++) {
        double flow = s->clearance[i] * (free - u[i]);
        from_blood += flow;
        f[FIRST + i] = (along[i] - along[i + 1] + flow) / s->capacity[i];
    }
    for (int i = 0; i < ENTERED; i++) f[i] = 0;
    f[ENTERED] = from_film;
    f[FILM] = -from_film;
    f[PLASMA] = -from_blood - eliminated;
    f[ELIMINATED] = eliminated;
    f[UPTAKE] = -from_blood;
}

static void observe(const Subject *s, const double *y, double *seen) {
    double living = 0, papillary = 0;
    for (int i = count.first_living; i < CELLS; i++) living += s->capacity[i] * y[FIRST + i];
    for (int i = 0; i < CELLS; i++) papillary += s->papillary[i] * y[FIRST + i];
    double all[WATCHED] = {y[ENTERED], living + y[UPTAKE], y[UPTAKE], papillary, y[PLASMA] / s->volume};
    memcpy(seen, all, sizeof all);
}

/* ---- the Newton matrix 1 - gamma J: a chain of cells bordered by film and plasma, which are a 2 x 2 matrix once seen through
        the cells; what is constant or only listens needs no elimination ---------------------------------------------------- */
typedef struct {
    double inverse[CELLS], ratio[CELLS], film[CELLS], plasma[CELLS], weighted[CELLS], weight;
    double surface, driven, free, eliminating, clearance, schur[2][2];
} Factors;

static double drive_slope(const Subject *s, const double *y) {
    double volume = film_volume(s, y);
    return wetness_factor(s, y) * (volume - y[FILM] * s->molar_volume) / (volume * volume);
}

static void substitute(const Factors *F, double *x) {
    for (int i = 0; i < CELLS - 1; i++) x[i + 1] += F->ratio[i] * x[i];
    x[CELLS - 1] *= F->inverse[CELLS - 1];
    for (int i = CELLS - 2; i >= 0; i--) x[i] = x[i] * F->inverse[i] + F->ratio[i] * x[i + 1];
}

static double cleared(const Subject *s, const double *x) {
    double sum = 0;
    for (int i = 0; i < CELLS; i++) sum += s->clearance[i] * x[i];
    return sum;
}

static void factor(const Subject *s, const double *y, double gamma, Factors *F) {
    double w = F->weight = 1 / gamma, before = 0, carried = 0;
    F->surface = s->surface * y[COVERAGE];
    F->driven = F->surface * drive_slope(s, y);
    F->free = s->free / s->volume;
    F->eliminating = s->eliminating / s->volume;
    F->clearance = 0;
    for (int i = 0; i < CELLS; i++) {
        double link = i < CELLS - 1 ? s->link[i] : 0;
        F->weighted[i] = w * s->capacity[i];
        F->inverse[i] = 1 / (F->weighted[i] + link + before + s->clearance[i] + (i ? 0 : F->surface) - carried);
        F->ratio[i] = link * F->inverse[i];
        carried = F->ratio[i] * link;
        before = link;
        F->clearance += s->clearance[i];
        F->film[i] = i ? 0 : F->driven;
        F->plasma[i] = s->clearance[i] * F->free;
    }
    substitute(F, F->film);
    substitute(F, F->plasma);
    double a = w + F->driven - F->surface * F->film[0], b = -F->surface * F->plasma[0], c = -cleared(s, F->film);
    double d = w + F->clearance * F->free + F->eliminating - cleared(s, F->plasma), determinant = a * d - b * c;
    double inverse[2][2] = {{d / determinant, -b / determinant}, {-c / determinant, a / determinant}};
    memcpy(F->schur, inverse, sizeof inverse);
}

static void solve(const Subject *s, const Factors *F, const double *restrict r, double *restrict x) {
    double *restrict u = x + FIRST, w = F->weight;
    for (int i = 0; i < CELLS; i++) u[i] = F->weighted[i] * r[FIRST + i];
    substitute(F, u);
    double to_film = w * r[FILM] + F->surface * u[0], to_plasma = w * r[PLASMA] + cleared(s, u);
    double film = F->schur[0][0] * to_film + F->schur[0][1] * to_plasma, plasma = F->schur[1][0] * to_film + F->schur[1][1] * to_plasma;
    for (int i = 0; i < CELLS; i++) u[i] += F->film[i] * film + F->plasma[i] * plasma;
    for (int i = 0; i < ENTERED; i++) x[i] = r[i];
    x[FILM] = film;
    x[PLASMA] = plasma;
    x[ENTERED] = r[ENTERED] + (F->driven * film - F->surface * u[0]) / w;
    x[ELIMINATED] = r[ELIMINATED] + F->eliminating * plasma / w;
    x[UPTAKE] = r[UPTAKE] + (cleared(s, u) - F->clearance * F->free * plasma) / w;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------------- */
typedef struct { const Subject *subject; Factors factors; } Work;

static int rates_of(double t, N_Vector y, N_Vector f, void *work) {
    right_hand_side(((Work *)work)->subject, N_VGetArrayPointer(y), N_VGetArrayPointer(f));
    return 0;
}

/* Exact, but for the border: what plasma does to the cells, and the cells to plasma and uptake. */
static int band_of(double t, N_Vector at, N_Vector f, SUNMatrix J, void *work, N_Vector a, N_Vector b, N_Vector c) {
    const Subject *s = ((Work *)work)->subject;
    const double *y = N_VGetArrayPointer(at);
    double surface = s->surface * y[COVERAGE], driven = surface * drive_slope(s, y), clearance = 0, *column;
    for (int i = 0; i < CELLS; i++) {
        double above = i ? s->link[i - 1] : surface, below = i < CELLS - 1 ? s->link[i] : 0;
        column = SUNBandMatrix_Column(J, FIRST + i);
        column[0] = -(above + below + s->clearance[i]) / s->capacity[i];
        if (i < CELLS - 1) column[1] = below / s->capacity[i + 1];
        if (i) column[-1] = above / s->capacity[i - 1];
        clearance += s->clearance[i];
    }
    column = SUNBandMatrix_Column(J, FIRST);
    column[-1] = surface;
    column[-2] = -surface;
    column = SUNBandMatrix_Column(J, FILM);
    column[0] = -driven;
    column[-1] = driven;
    column[1] = driven / s->capacity[0];
    column = SUNBandMatrix_Column(J, PLASMA);
    column[0] = -(clearance * s->free + s->eliminating) / s->volume;
    column[1] = s->eliminating / s->volume;
    return 0;
}

/* The matrix is a placeholder: factors are made from the state, and the solver that was attached reads them. */
static _Thread_local Work *attached;

static int system_of(double t, N_Vector y, N_Vector f, SUNMatrix A, int keep, int *current, double gamma, void *work, N_Vector a,
                     N_Vector b, N_Vector c) {
    factor(((Work *)work)->subject, N_VGetArrayPointer(y), gamma, &((Work *)work)->factors);
    *current = 1;
    return 0;
}

static int setup_nothing(SUNLinearSolver self, SUNMatrix A) { return 0; }

static int solve_bordered(SUNLinearSolver self, SUNMatrix A, N_Vector x, N_Vector r, double tolerance) {
    solve(attached->subject, &attached->factors, N_VGetArrayPointer(r), N_VGetArrayPointer(x));
    return 0;
}

static int prepare(double t, N_Vector y, N_Vector f, int keep, int *current, double gamma, void *work) {
    return system_of(t, y, f, NULL, keep, current, gamma, work, NULL, NULL, NULL);
}

static int precondition(double t, N_Vector y, N_Vector f, N_Vector r, N_Vector z, double gamma, double delta, int side, void *work) {
    solve(((Work *)work)->subject, &((Work *)work)->factors, N_VGetArrayPointer(r), N_VGetArrayPointer(z));
    return 0;
}

/* A banded solver whose set-up and solve are replaced in its table of operations. Where they stand is found by their names, for
   it differs between releases; so does the place of the table: after the content, or after one more pointer (not used here). */
static SUNLinearSolver bordered_solver(N_Vector y, SUNMatrix A, void *context) {
    static const char *const names[] = {"SUNLinSolSetup_Band", "SUNLinSolSolve_Band"};
    static void *const ours[] = {setup_nothing, solve_bordered};
    static int place[] = {-1, -1};
    SUNLinearSolver made = SUNLinSol_Band(y, A, context);
    void ***words = (void ***)made, **table = words[1] ? words[1] : words[2];
    Dl_info known;
    for (int n = 0; n < 2; n++) {
        for (int k = 0; k < 12 && place[n] < 0; k++)
            if (table[k] && dladdr(table[k], &known) && known.dli_sname && !strcmp(known.dli_sname, names[n])) place[n] = k;
        if (place[n] < 0) return NULL;
        table[place[n]] = ours[n];
    }
    return made;
}

/* ---- what Python calls ------------------------------------------------------------------------------------------------- */
void rates(int subject, const double *y, double *f) { right_hand_side(&subjects[subject], y, f); }

void newton(int subject, const double *y, double gamma, const double *r, double *x) {
    Factors F;
    factor(&subjects[subject], y, gamma, &F);
    solve(&subjects[subject], &F, r, x);
}

/* One subject. method: 0 banded, 1 bordered, 2 bordered as preconditioner of GMRES. Absolute tolerances are `share` times rtol
   times the size of each variable. seen: (outputs, WATCHED). statistics: steps, right-hand sides, factorisations. */
int run(int subject, int method, double rtol, double share, double *seen, long *statistics) {
    static void *context;
    void *memory;
    double state[SIZE] = {0}, tolerance[SIZE], t;
    Work work = {.subject = &subjects[subject]};
    int failed = context ? 0 : SUNContext_Create(0, &context), next = 0;
    int moves = count.moves, outputs = count.outputs, segments = count.segments;
    N_Vector y = N_VMake_Serial(SIZE, state, context), absolute = N_VMake_Serial(SIZE, tolerance, context);
    SUNMatrix A = method == 2 ? NULL : SUNBandMatrix(SIZE, method ? 0 : 2, method ? 0 : 1, context);
    SUNLinearSolver linear = method == 0 ? SUNLinSol_Band(y, A, context) : method == 1 ? bordered_solver(y, A, context)
                                                                                       : SUNLinSol_SPGMR(y, LEFT, 5, context);
#ifdef __SSE__
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040);           /* what is too small to be normal is zero, as in compiled JAX programs */
#endif
    attached = &work;
    for (int i = 0; i < SIZE; i++) tolerance[i] = share * rtol * size[i];
    memory = CVodeCreate(BDF, context);
    memset(statistics, 0, 3 * sizeof *statistics);
    failed |= !linear;
    for (int k = 0; k < segments && !failed; k++) {
        for (int m = 0; m < moves; m++) {
            int from = source[m], to = target[m];
            double moved = amount[k * moves + m] + (from < 0 ? 0 : fraction[k * moves + m] * state[from]);
            if (from >= 0) state[from] -= moved;
            if (to >= 0) state[to] += moved;
        }
        if (k == 0) {
            failed |= CVodeInit(memory, rates_of, times[0], y) | CVodeSVtolerances(memory, rtol, absolute)
                      | CVodeSetUserData(memory, &work) | CVodeSetMaxNumSteps(memory, 1000000)
                      | CVodeSetLinearSolver(memory, linear, A);
            if (method == 0) failed |= CVodeSetJacFn(memory, band_of);
            if (method == 1) failed |= CVodeSetLinSysFn(memory, system_of);
            if (method == 2) failed |= CVodeSetPreconditioner(memory, prepare, precondition);
        } else failed |= CVodeReInit(memory, times[k], y);
        failed |= CVodeSetStopTime(memory, times[k + 1]);
        int last = k == segments - 1;
        for (; next < outputs && (output[next] < times[k + 1] || last) && !failed; next++) {
            if (output[next] > times[k]) failed = CVode(memory, output[next], y, &t, NORMAL) < 0;
            observe(work.subject, state, seen + next * WATCHED);
        }
        if (!last && !failed) failed = CVode(memory, times[k + 1], y, &t, NORMAL) < 0;
        long steps, calls, setups;
        failed |= CVodeGetNumSteps(memory, &steps) | CVodeGetNumRhsEvals(memory, &calls) | CVodeGetNumLinSolvSetups(memory, &setups);
        statistics[0] += steps, statistics[1] += calls, statistics[2] += setups;
    }
    CVodeFree(&memory);
    if (linear) SUNLinSolFree(linear);
    if (A) SUNMatDestroy(A);
    N_VDestroy(y);
    N_VDestroy(absolute);
#ifdef __SSE__
    _mm_setcsr(mode);
#endif
    return failed;
}
