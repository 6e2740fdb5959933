/* SUNDIALS CVODE around the model in C: no Python between the solver and the model. The model itself, its Jacobian and its bordered
   Newton matrix are in model.h, which native.py writes from the JAX program; this file knows no physics. native.py compiles it as a
   shared library, writes the problem to a binary file, and solvers.py checks it against JAX before it times anything.

   The state is ordered as in the engine: cells, then scalars. A band solver needs another order, which is set from outside
   together with the places of the Jacobian's entries in the band; those outside the band are left out.

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
enum { BDF = 2, NORMAL = 1, BANDED = 0, BORDERED = 1 };
int SUNContext_Create(int, void **);
N_Vector N_VMake_Serial(sunindex, double *, void *);
double *N_VGetArrayPointer(N_Vector);
void N_VDestroy(N_Vector);
SUNMatrix SUNBandMatrix(sunindex, sunindex, sunindex, void *);
double *SUNBandMatrix_Column(SUNMatrix, sunindex);
int SUNLinSolSolve_Band(SUNLinearSolver, SUNMatrix, N_Vector, N_Vector, double);
void SUNMatDestroy(SUNMatrix);
SUNLinearSolver SUNLinSol_Band(N_Vector, SUNMatrix, void *);
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
int CVodeSetStopTime(void *, double);
int CVode(void *, double, N_Vector, double *, int);
int CVodeGetNumSteps(void *, long *);
int CVodeGetNumRhsEvals(void *, long *);
int CVodeGetNumLinSolvSetups(void *, long *);
void CVodeFree(void **);

#include "model.h"

/* ---- the problem, as the file holds it: doubles only ------------------------------------------------------------------- */
static struct { double subjects, segments, moves, outputs; } count;
static double *times, *source, *target, *fraction, *amount, *output, *size, *numbers;

int load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return 1;
    int good = fread(&count, sizeof count, 1, file) == 1;
    size_t segments = count.segments, moves = count.moves, outputs = count.outputs;
    struct { double **to; size_t many; } parts[] = {{&times, segments + 1}, {&source, moves}, {&target, moves}, {&fraction, segments * moves},
                                                    {&amount, segments * moves}, {&output, outputs}, {&size, SIZE},
                                                    {&numbers, (size_t)count.subjects * NUMBERS}};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        *parts[k].to = realloc(*parts[k].to, parts[k].many * sizeof(double) + 1);
        good &= fread(*parts[k].to, sizeof(double), parts[k].many, file) == parts[k].many;
    }
    good &= fgetc(file) == EOF;
    fclose(file);
    return !good;
}

/* ---- the band: where each state stands in its order, and which entries of the Jacobian it holds ------------------------- */
static struct { int below, above, held, place[SIZE], entry[ENTRIES], column[ENTRIES], offset[ENTRIES]; } band;

void set_band(int below, int above, const int *place, const int *row, const int *column) {
    band.below = below, band.above = above, band.held = 0;
    memcpy(band.place, place, sizeof band.place);
    for (int k = 0; k < ENTRIES; k++) {
        int offset = place[row[k]] - place[column[k]];
        if (offset > below || offset < -above) continue;
        band.entry[band.held] = k, band.column[band.held] = place[column[k]], band.offset[band.held++] = offset;
    }
}

/* ---- callbacks --------------------------------------------------------------------------------------------------------- */
typedef struct { const double *subject; Factors factors; double entries[ENTRIES], ordered[SIZE]; N_Vector in_order; } Work;
static _Thread_local Work *attached;     /* for what is only told the solver */

static int rates_of(double t, N_Vector y, N_Vector f, void *work) {
    rates_of_model(((Work *)work)->subject, N_VGetArrayPointer(y), N_VGetArrayPointer(f));
    return 0;
}

static int band_of(double t, N_Vector y, N_Vector f, SUNMatrix J, void *work, N_Vector a, N_Vector b, N_Vector c) {
    Work *w = work;
    jacobian_of_model(w->subject, N_VGetArrayPointer(y), &w->factors, w->entries);
    double *first = SUNBandMatrix_Column(J, 0);
    long stride = SUNBandMatrix_Column(J, 1) - first;
    for (int k = 0; k < band.held; k++) first[band.column[k] * stride + band.offset[k]] = w->entries[band.entry[k]];
    return 0;
}

/* The band solver of SUNDIALS, given its right-hand side in the band's order. */
static int solve_banded(SUNLinearSolver self, SUNMatrix A, N_Vector x, N_Vector r, double tolerance) {
    double *restrict to = N_VGetArrayPointer(x), *restrict ordered = attached->ordered;
    const double *restrict from = N_VGetArrayPointer(r);
    for (int i = 0; i < SIZE; i++) ordered[band.place[i]] = from[i];
    int failed = SUNLinSolSolve_Band(self, A, attached->in_order, attached->in_order, tolerance);
    for (int i = 0; i < SIZE; i++) to[i] = ordered[band.place[i]];
    return failed;
}

/* Bordered: the matrix is a placeholder; factors are made from the state, and the solver that was attached reads them. */
static int system_of(double t, N_Vector y, N_Vector f, SUNMatrix A, int keep, int *current, double gamma, void *work, N_Vector a,
                     N_Vector b, N_Vector c) {
    factor(((Work *)work)->subject, N_VGetArrayPointer(y), gamma, &((Work *)work)->factors);
    *current = 1;
    return 0;
}

static int setup_nothing(SUNLinearSolver self, SUNMatrix A) { return 0; }

static int solve_bordered(SUNLinearSolver self, SUNMatrix A, N_Vector x, N_Vector r, double tolerance) {
    solve(&attached->factors, N_VGetArrayPointer(r), N_VGetArrayPointer(x));
    return 0;
}

/* A banded solver of which operations are replaced in its table. Where they stand is found by their names, for it differs
   between releases; so does the place of the table: after the content, or after one more pointer (not used here). */
static SUNLinearSolver linear_solver(int method, N_Vector y, SUNMatrix A, void *context) {
    static const char *const names[] = {"SUNLinSolSetup_Band", "SUNLinSolSolve_Band"};
    void *const ours[] = {method == BORDERED ? setup_nothing : NULL, method == BORDERED ? solve_bordered : solve_banded};
    SUNLinearSolver made = SUNLinSol_Band(y, A, context);
    void ***words = (void ***)made, **table = words[1] ? words[1] : words[2];
    Dl_info known;
    for (int n = 0; n < 2; n++) {
        int place = -1;
        for (int k = 0; k < 12 && place < 0; k++)
            if (table[k] && dladdr(table[k], &known) && known.dli_sname && !strcmp(known.dli_sname, names[n])) place = k;
        if (place < 0) return NULL;
        if (ours[n]) table[place] = ours[n];
    }
    return made;
}

/* ---- what Python calls ------------------------------------------------------------------------------------------------- */
static const double *of(int subject) { return numbers + (size_t)subject * NUMBERS; }

void rates(int subject, const double *y, double *f) { rates_of_model(of(subject), y, f); }

void start(int subject, double *y) { start_of_model(of(subject), y); }

void look(int subject, const double *y, double *seen) { observe(of(subject), y, seen); }

void jacobian(int subject, const double *y, double *entries) {
    static _Thread_local Factors F;
    jacobian_of_model(of(subject), y, &F, entries);
}

void newton(int subject, const double *y, double gamma, const double *r, double *x) {
    static _Thread_local Factors F;
    factor(of(subject), y, gamma, &F);
    solve(&F, r, x);
}

/* Repeats of one piece of work, to take its time: 0 right-hand side, 1 factorisation, 2 solve, 3 Jacobian. */
void repeat(int subject, int what, int many, const double *y, double *x) {
    static _Thread_local Factors F;
    static _Thread_local double entries[ENTRIES];
    const double *c = of(subject);
    factor(c, y, 1.0, &F);
    for (int k = 0; k < many; k++) {
        if (what == 0) rates_of_model(c, y, x);
        if (what == 1) factor(c, y, 1.0, &F);
        if (what == 2) solve(&F, y, x);
        if (what == 3) jacobian_of_model(c, y, &F, entries);
        __asm__ volatile("" : : : "memory");
    }
}

/* One subject. Absolute tolerances are `share` times rtol times the size of each variable. seen: (outputs, WATCHED). statistics:
   steps, right-hand sides, factorisations. */
int run(int subject, int method, double rtol, double share, double *seen, long *statistics) {
    static void *context;
    void *memory;
    double state[SIZE], tolerance[SIZE], t;
    static _Thread_local Work work;
    int failed = context ? 0 : SUNContext_Create(0, &context), next = 0;
    int moves = count.moves, outputs = count.outputs, segments = count.segments;
    N_Vector y = N_VMake_Serial(SIZE, state, context), absolute = N_VMake_Serial(SIZE, tolerance, context);
    SUNMatrix A = SUNBandMatrix(SIZE, method == BANDED ? band.above : 0, method == BANDED ? band.below : 0, context);
    SUNLinearSolver linear = linear_solver(method, y, A, context);
    work.subject = of(subject);
    work.in_order = N_VMake_Serial(SIZE, work.ordered, context);
    start_of_model(work.subject, state);
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
            failed |= method == BANDED ? CVodeSetJacFn(memory, band_of) : CVodeSetLinSysFn(memory, system_of);
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
    N_VDestroy(work.in_order);
#ifdef __SSE__
    _mm_setcsr(mode);
#endif
    return failed;
}
