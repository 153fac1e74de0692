#include "t/unit/judge.h"
int main(void){judged("x","a.csv","x\n","");return tap_end();}
